-- The lines of text in pictures, in reading order. Boxes are in px of the upright image, whose
-- size is in `images`; `confidence` is the engine's, 0 to 1.
-- Grain: one row per line of an image.
-- live: by(image_id)
-- test: not_null(image_id)
-- test: not_null(text)
-- test: accepted_values(rotation, 0, 90, 180, 270)
-- warn: relationships(image_id, stg_ingest__originals.image_id)

with

ocr_texts as (select * from stg_image__ocr_texts),

numbered_blocks as (
    select
        image_id,
        language,
        rotation,
        engine,
        unnest(blocks) as block,
        generate_subscripts(blocks, 1) as block_number
    from ocr_texts
),

numbered_lines as (
    select
        image_id,
        language,
        rotation,
        engine,
        block_number,
        unnest(block.lines) as line,
        generate_subscripts(block.lines, 1) as line_number_in_block
    from numbered_blocks
)

select
    image_id,
    row_number() over (partition by image_id order by block_number, line_number_in_block)
        as line_number,
    block_number,
    line.text,
    line.confidence,
    line.left as left_px,
    line.top as top_px,
    line.right as right_px,
    line.bottom as bottom_px,
    language,
    rotation,
    engine
from numbered_lines

-- Boxes of text are within the upright image, left before right and top before bottom.
-- Model: ocr_lines

with

ocr_lines as (select * from ocr_lines),

ocr_texts as (select * from stg_image__ocr_texts)

select
    ocr_lines.image_id,
    ocr_lines.line_number
from ocr_lines
inner join ocr_texts using (image_id)
where
    ocr_lines.left_px < 0
    or ocr_lines.top_px < 0
    or ocr_lines.right_px > ocr_texts.width_px
    or ocr_lines.bottom_px > ocr_texts.height_px
    or ocr_lines.left_px > ocr_lines.right_px
    or ocr_lines.top_px > ocr_lines.bottom_px

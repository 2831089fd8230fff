-- What is written in each picture, and whether it was read at all: the gate lets pictures through
-- in which it sees text (`gate_score`), or whose caption speaks of text. `was_recognised` and
-- `was_gated_out` are both false where no engine is installed or wanted.
-- Grain: one row per source image with a picture.
-- live: by(image_id)
-- test: unique(image_id)

select
    image_id,
    text,
    was_recognised,
    was_gated_out,
    gate_score,
    language,
    rotation,
    mean_confidence,
    line_count,
    width_px,
    height_px,
    blocks,
    engine,
    seconds
from image.ocr_text
where outcome in ('ok', 'degraded')

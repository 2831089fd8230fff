-- Technical metadata read from the original's header.
-- Grain: one row per source image whose header could be read.
-- live: by(image_id)
-- test: unique(image_id)
-- test: not_null(format)

select
    image_id,
    format,
    media_type,
    width_px,
    height_px,
    orientation,
    frame_count,
    bit_depth,
    band_count,
    colour_space,
    has_alpha,
    has_icc_profile,
    decoder
from image.source_record
where outcome in ('ok', 'degraded')

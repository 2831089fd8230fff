-- What the file says of itself in EXIF, IPTC and XMP. `taken_at` is the camera's clock, without
-- time zone, known to `taken_at_precision`; `taken_at_offset_minutes` is its distance to UTC where
-- the file gives it.
-- Grain: one row per source image whose metadata could be read.
-- live: by(image_id)
-- test: unique(image_id)

select
    image_id,
    taken_at,
    taken_at_offset_minutes,
    taken_at_precision,
    taken_at_tag,
    camera_make,
    camera_model,
    lens_model,
    exposure_seconds,
    f_number,
    iso,
    focal_length_mm,
    latitude,
    longitude,
    altitude_m,
    gps_at,
    title,
    alternative_title,
    caption,
    description,
    keywords,
    people,
    creators,
    contributors,
    events,
    spatial_coverage,
    copyright,
    credit,
    rating,
    location,
    city,
    state,
    country,
    software,
    generation_prompt
from image.embedded_metadata
where outcome in ('ok', 'degraded')

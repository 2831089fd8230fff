-- What the file says of itself in EXIF, IPTC and XMP.
-- Grain: one row per source image whose metadata could be read.
-- test: unique(image_id)

select
    image_id,
    taken_at,
    camera_make,
    camera_model,
    lens_model,
    latitude,
    longitude,
    altitude_m,
    title,
    description,
    keywords
from image.embedded_metadata
where outcome in ('ok', 'degraded')

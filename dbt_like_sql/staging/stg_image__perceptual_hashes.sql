-- Hashes that stay alike when a picture is scaled or saved again: 16 hexadecimal digits each.
-- Grain: one row per source image with a picture.
-- live: by(image_id)
-- test: unique(image_id)
-- test: not_null(phash)

select
    image_id,
    phash,
    dhash
from image.perceptual_hash
where outcome in ('ok', 'degraded')

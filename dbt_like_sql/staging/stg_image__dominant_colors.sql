-- The colors that cover most of a picture, largest first, as #rrggbb with their shares of it.
-- Grain: one row per source image with a picture.
-- live: by(image_id)
-- test: unique(image_id)

select
    image_id,
    colors,
    shares
from image.dominant_colors
where outcome in ('ok', 'degraded')

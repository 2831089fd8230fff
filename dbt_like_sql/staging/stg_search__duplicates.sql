-- Images with the same pixels or the same look as another one, as of the last search refresh.
-- Grain: one row per image and tier.
-- live: by(image_id)
-- test: accepted_values(tier, same_pixels, near)

select
    image_id,
    tier,
    group_id,
    place,
    why
from search.duplicates
where group_id is not null

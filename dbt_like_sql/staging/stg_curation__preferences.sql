-- Which version of an asset people want to see of an image, or of one of its parts; `version` is
-- null where they want the newest again, `part` where the whole image is meant.
-- Grain: one row per image, asset and part that somebody decided about.
-- live: by(image_id)
-- test: not_null(decided_by)

select
    image_id,
    asset,
    part,
    version,
    decided_by,
    note,
    decided_at
from curation.preference

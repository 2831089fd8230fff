-- Which version of an asset people want to see of an image; `version` is null where they want the
-- newest again.
-- Grain: one row per image and asset that somebody decided about.
-- test: not_null(decided_by)

select
    image_id,
    asset,
    version,
    decided_by,
    note,
    decided_at
from curation.preference

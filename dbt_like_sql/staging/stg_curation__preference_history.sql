-- Every decision about which version of an asset people want to see of an image.
-- Grain: one row per decision.
-- live: by(image_id)

select
    image_id,
    asset,
    part,
    version,
    decided_by,
    note,
    decided_at
from curation_history.preference

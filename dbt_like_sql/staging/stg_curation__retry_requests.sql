-- When a person last asked to have a failed result tried again: tries are counted from then on.
-- Grain: one row per source and derivative that somebody asked for.
-- live: by(source_id)
-- test: unique(source_id, asset)

select
    source_id,
    asset,
    asked_by,
    asked_at
from curation.retry_request

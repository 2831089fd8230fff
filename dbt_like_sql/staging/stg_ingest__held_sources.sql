-- Sources whose run a person cancelled: these derivatives wait until a person asks for them again
-- (media retry, media reprocess, Materialize in Dagster). A newer result lifts it.
-- Grain: one row per source that was ever held.
-- live: by(source_id)
-- test: unique(source_id)

select
    source_id,
    assets,
    run_id,
    "at" as held_at
from ingest.held_source

-- Runs and batches that have made no progress for longer than the setting stuck_minutes: `since`
-- when, and why, as far as that is known. Looked at every five minutes while the service runs.
-- Grain: one row per stuck run or batch.
-- live: anew, it is not about sources

select
    kind,
    name,
    batch,
    why,
    since,
    noted_at
from stg_ingest__stuck_work

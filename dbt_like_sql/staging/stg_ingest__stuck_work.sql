-- Runs and batches that make no progress at present, and why; what moves again is left out.
-- Grain: one row per stuck run or batch.
-- live: anew, it is not about sources
-- test: accepted_values(kind, run, batch)

select
    kind,
    name,
    batch,
    why,
    since,
    noted_at
from ingest.stuck_work
where not is_over

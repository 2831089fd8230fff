-- What happened to batches: opened, listed_missing (a list names a file that is not there) and
-- cancelled.
-- Grain: one row per event.
-- live: anew, an event is about a batch
-- test: not_null(batch)

select
    batch,
    root,
    event,
    detail,
    "at" as happened_at
from ingest.batch_event

-- What happened to batches: opened, listed_missing (a list names `files` that cannot be taken) and
-- cancelled.
-- Grain: one row per event.
-- live: anew, an event is about a batch
-- test: not_null(batch)

select
    batch,
    root,
    event,
    detail,
    coalesce(files, 1) as files,
    "at" as happened_at
from ingest.batch_event

-- What happened to batches: opened (by a list: which names so many `files`), listed_missing (so
-- many of them cannot be taken; null in older rows: one), cancelled, paused, resumed, and priority
-- (`detail` is instant, standard or batch).
-- Grain: one row per event.
-- live: anew, an event is about a batch
-- test: not_null(batch)

select
    batch,
    nullif(root, '') as root,
    event,
    detail,
    files,
    "at" as happened_at
from ingest.batch_event

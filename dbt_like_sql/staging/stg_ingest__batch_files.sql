-- What batches say of themselves in batch.toml or batch.json, as of the newest reading. `metadata`
-- is JSON; `purposes` is null where the file says nothing of them.
-- Grain: one row per batch that had such a file.
-- live: anew, a file is about a batch
-- test: unique(batch)
-- test: accepted_values(priority, instant, standard, batch)

select
    batch,
    root,
    purposes,
    "priority",
    title,
    metadata,
    content,
    read_at
from ingest.batch_file

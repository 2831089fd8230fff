-- The newest fixity check of each file.
-- Grain: one row per source and file.
-- live: by(source_id)

select
    source_id,
    path,
    fixity,
    reason,
    sha256,
    found_sha256,
    read_bytes,
    seconds,
    checked_at
from preservation.fixity_check

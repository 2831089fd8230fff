-- Files seen in the landing roots, each with the source that its bytes are; sidecars (`role`) too.
-- `folder` is the path without the file's name ("" in the root itself).
-- Grain: one row for each time that a file is taken in.
-- live: by(source_id)

select
    image_id as source_id,
    sha256,
    root,
    path_display,
    regexp_extract(path_display, '^(.*)/[^/]*$', 1) as folder,
    file_name,
    size_bytes,
    to_timestamp(mtime_ns / 1e9) as modified_at,
    batch,
    coalesce("role", 'image') as "role",
    is_new,
    seen_at,
    _seq as commit_id,
    _row as commit_row
from ingest.sighting

-- Accepted source images as they landed: who they are and where their bytes are. Sources of other
-- media are in stg_ingest__sources, with these.
-- Grain: one row per source image.
-- live: by(image_id)
-- test: unique(image_id)
-- test: not_null(image_id)
-- warn: unique(sha256)
-- test: accepted_values(mode, move, reference)

select
    image_id,
    sha256,
    file_name,
    mode,
    coalesce(try(decode(path)), path::varchar) as original_path,
    size_bytes,
    root,
    batch,
    landed_at
from ingest.original
where coalesce("role", 'image') = 'image' and coalesce(medium, 'image') = 'image'

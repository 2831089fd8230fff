-- Every file in which an image was seen. The same bytes under six names are one image and six
-- sightings; new bytes under an old name are a new image and the next version of that path.
-- Grain: one row per file taken in.
-- warn: relationships(image_id, images.image_id)

with

sightings as (select * from stg_ingest__sightings where "role" = 'image')

select
    image_id,
    sha256,
    root,
    path_display,
    file_name,
    size_bytes,
    modified_at,
    batch,
    is_new,
    seen_at,
    row_number() over path_history as version_at_path,
    row_number() over path_history = count(*) over (partition by root, path_display)
        as is_latest_at_path
from sightings
window path_history as (partition by root, path_display order by commit_id, commit_row)

-- Every file in which a source was seen. The same bytes under six names are one source and six
-- sightings; new bytes under an old name are a new source and the next version of that path.
-- `folder` is the folder below the root, "" for the root itself (a list's files: the whole path).
-- `image_id` is `source_id` for images and null for other media.
-- Grain: one row per file taken in.
-- live: by(source_id)
-- test: not_null(source_id)
-- warn: relationships(source_id, sources.source_id)

with

sightings as (select * from stg_ingest__sightings where "role" = 'image'),

media as (select source_id, medium from stg_ingest__sources)

select
    coalesce(media.medium, 'image') as medium,
    source_id,
    case when coalesce(media.medium, 'image') = 'image' then source_id end as image_id,
    sha256,
    root,
    path_display,
    folder,
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
left join media using (source_id)
window path_history as (partition by root, path_display order by commit_id, commit_row)

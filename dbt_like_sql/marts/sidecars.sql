-- Sidecars (XMP, JSON of Google Takeouts) as they were seen, and their pictures. `status`: linked;
-- replaced (newer bytes were seen at its path); waiting (no picture of its name was seen in its
-- folder yet: it is kept, and linked when the picture comes). `form` says how it names its picture:
-- by its whole name (photo.jpg.xmp), by its stem (photo.xmp) or as a Google Takeout does (takeout).
-- Grain: one row per sidecar file taken in and image that it belongs to.
-- live: anew, what was seen at a path decides, also without an image
-- test: accepted_values(status, linked, replaced, waiting)
-- warn: relationships(image_id, images.image_id)

with

seen as (select * from stg_ingest__sightings where "role" = 'sidecar'),

links as (select * from stg_ingest__sidecar_files),

newest as (
    select
        *,
        row_number() over (
            partition by root, path_display order by commit_id desc, commit_row desc
        ) = 1 as is_newest
    from seen
)

select
    links.image_id,
    newest.root,
    newest.path_display,
    newest.file_name,
    newest.sha256,
    newest.size_bytes,
    links.form,
    case
        when links.image_id is not null then 'linked'
        when not newest.is_newest then 'replaced'
        else 'waiting'
    end as status,
    case
        when links.image_id is null and newest.is_newest
            then 'no picture that '
            || newest.file_name
            || ' is named after was seen in its folder yet'
    end as reason,
    newest.batch,
    newest.modified_at,
    newest.seen_at,
    links.linked_at
from newest
left join links
    on newest.root = links.root
    and newest.path_display = links.path_display
    and newest.sha256 = links.sha256

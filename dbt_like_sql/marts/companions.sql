-- Files that belong together by name: same folder, same stem, different bytes. `role`: raw (of a
-- camera), film (of a Live Photo), picture. `group_name` is the path without its last suffix.
-- `image_id` is `source_id` for images and null for other media.
-- Grain: one row per group and source in it.
-- live: anew, a group is made of all files of one name
-- test: accepted_values(role, raw, film, picture)
-- warn: relationships(source_id, sources.source_id)

with

sightings as (select * from sightings where is_latest_at_path),

named as (
    select
        medium,
        source_id,
        image_id,
        root,
        path_display,
        regexp_replace(path_display, '\.[^./]*$', '') as group_name,
        lower(regexp_extract(path_display, '\.([^./]*)$', 1)) as suffix
    from sightings
)

select
    root,
    group_name,
    medium,
    source_id,
    image_id,
    path_display,
    case
        when suffix in (
            '3fr', 'arw', 'cr2', 'cr3', 'dng', 'erf', 'iiq', 'mrw', 'nef', 'nrw', 'orf', 'pef',
            'raf', 'raw', 'rw2', 'rwl', 'sr2', 'srw', 'x3f'
        ) then 'raw'
        when suffix in ('mov', 'mp4', 'm4v', 'avi', 'mts') then 'film'
        else 'picture'
    end as role
from named
qualify count(distinct source_id) over (partition by root, group_name) > 1

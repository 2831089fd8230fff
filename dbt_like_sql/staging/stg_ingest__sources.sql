-- Accepted sources of every medium as they came: who they are and where their bytes are. Sidecars,
-- which are kept in the same way, are not among them. A source with a `parent_id` was made of
-- another source, at `place` in it. `is_superseded`: nobody saw it as a file, and no newest result
-- names it any more; it stays, and nothing is expected of it.
-- Grain: one row per source.
-- live: by(source_id)
-- test: unique(source_id)
-- test: not_null(source_id)
-- test: accepted_values(mode, move, reference)

with

originals as (select * from ingest.original where coalesce("role", 'image') = 'image'),

sightings as (select * from ingest.sighting),

named as (select * from stg_media__children where is_current),

superseded as (
    select made.image_id
    from ingest.original as made
    anti join sightings on made.image_id = sightings.image_id
    anti join named on made.image_id = named.child_id
    where made.parent_id is not null
)

select
    originals.image_id as source_id,
    coalesce(originals.medium, 'image') as medium,
    originals.tenant,
    originals.parent_id,
    originals.place,
    superseded.image_id is not null as is_superseded,
    originals.sha256,
    originals.file_name,
    originals.mode,
    coalesce(try(decode(originals.path)), originals.path::varchar) as original_path,
    originals.size_bytes,
    originals.root,
    originals.batch,
    originals.landed_at
from originals
left join superseded on originals.image_id = superseded.image_id

-- Which sources were made of which: the frames of a film, the pictures in a book. `place` is JSON
-- text such as {"seconds": 12.48}. The same bytes at two places are one child with two rows.
-- `is_current` is false where the newest results of the parent no longer name the child there.
-- Grain: one row per parent, place and child.
-- live: by(parent_id)
-- test: not_null(parent_id)
-- test: not_null(child_id)
-- warn: relationships(parent_id, sources.source_id)
-- warn: relationships(child_id, sources.source_id)

with

named as (select * from stg_media__children),

sources as (select * from stg_ingest__sources),

related as (
    select parent_id, child_id, place, is_current
    from named
    union all
    select parent_id, source_id as child_id, place, false as is_current
    from sources
    where parent_id is not null
),

merged as (
    select parent_id, child_id, place, bool_or(is_current) as is_current
    from related
    group by parent_id, child_id, place
)

select
    merged.parent_id,
    parents.medium as parent_medium,
    merged.child_id,
    children.medium as child_medium,
    merged.place,
    merged.is_current
from merged
left join sources as parents on merged.parent_id = parents.source_id
left join sources as children on merged.child_id = children.source_id

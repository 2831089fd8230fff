-- Who decided what about which image, and when: fields that were set or removed, and versions that
-- were preferred (`part`: of one part of it). Nothing in it is ever changed or taken back; a later
-- line counts more.
-- Grain: one row per edit and field, and per preference.
-- live: by(image_id)
-- test: accepted_values(action, set, delete, prefer, prefer_newest)
-- warn: relationships(image_id, stg_ingest__originals.image_id)

with

edits as (select * from stg_curation__human_edits),

preferences as (select * from stg_curation__preference_history),

edited_fields as (
    select image_id, version, edited_by, edited_at, note, changed_fields, unnest(fields) as field
    from edits
)

select
    image_id,
    case when field.is_deleted then 'delete' else 'set' end as action,
    'human_record' as asset,
    null as part,
    field.name as field,
    field."values" as new_values,
    version,
    edited_by as decided_by,
    note,
    edited_at as decided_at
from edited_fields
where list_contains(changed_fields, field.name)
union all
select
    image_id,
    case when version is null then 'prefer_newest' else 'prefer' end as action,
    asset,
    part,
    null as field,
    null as new_values,
    version,
    decided_by,
    note,
    decided_at
from preferences

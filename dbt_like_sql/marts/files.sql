-- Every file that was seen in a landing root or named by a list, each in one state. `state`: taken;
-- duplicate (its bytes were known); sidecar; companion (it goes with another file: see companions);
-- too_large, unreadable, still_changing, excluded (see left_out). `reason` says more; a row stands
-- for so many `files` (excluded ones share a row; null for a folder that is not walked).
-- Grain: one row per file taken in or left out.
-- live: anew, it counts files, not sources
-- test: not_null(state)

with

seen as (select * from stg_ingest__sightings),

media as (select source_id, file_name from stg_ingest__sources),

sidecars as (select * from sidecars),

companions as (select * from companions where not is_leading),

left_out as (select * from left_out),

sidecar_reasons as (
    select
        root,
        path_display,
        sha256,
        min(coalesce(reason, status)) as reason
    from sidecars
    group by root, path_display, sha256
),

taken as (
    select
        seen.root,
        seen.path_display,
        seen.folder,
        case
            when seen."role" = 'sidecar' then 'sidecar'
            when not seen.is_new then 'duplicate'
            when companions.source_id is not null then 'companion'
            else 'taken'
        end as state,
        case
            when seen."role" = 'sidecar' then sidecar_reasons.reason
            when not seen.is_new then 'the same bytes as ' || media.file_name
            when companions.source_id is not null
                then companions.role || ' of ' || companions.group_name
        end as reason,
        seen.batch,
        case when seen."role" = 'image' then seen.source_id end as source_id,
        1 as files,
        seen.size_bytes,
        seen.seen_at
    from seen
    left join media on seen.source_id = media.source_id
    left join companions
        on seen.root = companions.root
        and seen.path_display = companions.path_display
        and seen.source_id = companions.source_id
    left join sidecar_reasons
        on seen.root = sidecar_reasons.root
        and seen.path_display = sidecar_reasons.path_display
        and seen.sha256 = sidecar_reasons.sha256
),

not_taken as (
    select
        root,
        path_display,
        case
            when not is_folder and state = 'excluded' and path_display = '.' then ''
            when not is_folder and state = 'excluded' then path_display
            else regexp_extract(path_display, '^(.*)/[^/]*$', 1)
        end as folder,
        state,
        reason,
        batch,
        null::varchar as source_id,
        files,
        size_bytes,
        noted_at as seen_at
    from left_out
)

select
    root,
    path_display,
    folder,
    state,
    reason,
    batch,
    source_id,
    files,
    size_bytes,
    seen_at
from (select * from taken union all select * from not_taken)

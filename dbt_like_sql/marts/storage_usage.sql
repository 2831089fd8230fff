-- What uses the space: kept originals, files of archives that are only referred to, and the
-- files of each derivative. `current_*` counts what the newest results use; the rest is history,
-- and so is everything of superseded children.
-- Grain: one row per kind, medium and derivative.
-- live: anew, a file counts once for all sources that it belongs to
-- test: accepted_values(kind, original, referenced_original, derivative)
-- test: not_null(bytes)

with

sources as (select * from stg_ingest__sources),

artifacts as (select * from stg_media__artifacts),

history as (select * from stg_media__artifact_history),

superseded as (select source_id from sources where is_superseded),

original_usage as (
    select
        case mode when 'move' then 'original' else 'referenced_original' end as kind,
        medium,
        null::varchar as asset,
        count(*) as files,
        sum(size_bytes)::bigint as bytes,
        count(*) filter (where not is_superseded) as current_files,
        coalesce(sum(size_bytes) filter (where not is_superseded), 0)::bigint as current_bytes
    from sources
    group by mode, medium
),

current_files as (
    select distinct artifacts.medium, artifacts.asset, unnest(artifacts.files).path as path
    from artifacts
    anti join superseded on artifacts.source_id = superseded.source_id
),

all_files as (
    select medium, asset, file.path as path, max(file.size_bytes) as size_bytes
    from (select medium, asset, unnest(files) as file from history)
    group by medium, asset, file.path
),

derivative_usage as (
    select
        'derivative' as kind,
        all_files.medium,
        all_files.asset,
        count(*) as files,
        sum(all_files.size_bytes)::bigint as bytes,
        count(current_files.path) as current_files,
        coalesce(sum(all_files.size_bytes) filter (where current_files.path is not null), 0)::bigint
            as current_bytes
    from all_files
    left join current_files
        on all_files.medium = current_files.medium
        and all_files.asset = current_files.asset
        and all_files.path = current_files.path
    group by all_files.medium, all_files.asset
)

select * from original_usage
union all
select * from derivative_usage

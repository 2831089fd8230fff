-- What takes up the space: kept originals, files of archives that are only referred to, and the
-- files of each derivative. `current_*` counts what the newest results use; the rest is history.
-- Grain: one row per kind and derivative.
-- test: accepted_values(kind, original, referenced_original, derivative)
-- test: not_null(bytes)

with

originals as (select * from stg_ingest__originals),

artifacts as (select * from stg_image__artifacts),

history as (select * from stg_image__artifact_history),

original_usage as (
    select
        case mode when 'move' then 'original' else 'referenced_original' end as kind,
        null::varchar as asset,
        count(*) as files,
        sum(size_bytes)::bigint as bytes,
        count(*) as current_files,
        sum(size_bytes)::bigint as current_bytes
    from originals
    group by mode
),

current_files as (
    select distinct asset, unnest(files).path as path
    from artifacts
),

all_files as (
    select asset, file.path as path, max(file.size_bytes) as size_bytes
    from (select asset, unnest(files) as file from history)
    group by asset, file.path
),

derivative_usage as (
    select
        'derivative' as kind,
        all_files.asset,
        count(*) as files,
        sum(all_files.size_bytes)::bigint as bytes,
        count(current_files.path) as current_files,
        coalesce(sum(all_files.size_bytes) filter (where current_files.path is not null), 0)::bigint
            as current_bytes
    from all_files
    left join current_files
        on all_files.asset = current_files.asset and all_files.path = current_files.path
    group by all_files.asset
)

select * from original_usage
union all
select * from derivative_usage

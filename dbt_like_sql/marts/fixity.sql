-- Every file that is kept, or referred to in an archive, and whether its bytes are still those that
-- were recorded. `state`: ok; damaged (other bytes); missing; unreadable; not_checked (not yet, or
-- not since it was made again).
-- Files of superseded children are among them; of derivatives only the files of the newest results.
-- Grain: one row per source and file.
-- live: by(source_id)
-- test: not_null(source_id)
-- test: not_null(sha256)
-- test: accepted_values(kind, original, referenced_original, derivative)
-- test: accepted_values(state, ok, damaged, missing, unreadable, not_checked)

with

sources as (select * from stg_ingest__sources),

artifacts as (select * from stg_media__artifacts),

checks as (select * from stg_preservation__fixity_checks),

named as (
    select source_id, medium, asset, made_at, unnest(files) as file
    from artifacts
),

derivatives as (
    select
        source_id,
        any_value(medium) as medium,
        any_value(asset) as asset,
        file.path as path,
        any_value(file.sha256) as sha256,
        any_value(file.size_bytes) as size_bytes,
        max(made_at) as made_at
    from named
    group by source_id, file.path
),

files as (
    select
        source_id,
        medium,
        null::varchar as asset,
        case mode when 'move' then 'original' else 'referenced_original' end as kind,
        root,
        original_path as path,
        sha256,
        size_bytes,
        null::timestamptz as made_at
    from sources
    union all
    select
        source_id,
        medium,
        asset,
        'derivative' as kind,
        null::varchar as root,
        path,
        sha256,
        size_bytes,
        made_at
    from derivatives
)

select
    files.source_id,
    files.medium,
    files.asset,
    files.kind,
    files.root,
    files.path,
    files.size_bytes,
    coalesce(checks.fixity, 'not_checked') as state,
    checks.reason,
    files.sha256,
    checks.found_sha256,
    checks.checked_at
from files
left join checks
    on files.source_id = checks.source_id
    and files.path = checks.path
    and files.sha256 = checks.sha256
    and (files.made_at is null or checks.checked_at >= files.made_at)

-- Every derivative of every source as it is now: its outcome, what made it, where it is.
-- `path` is the first file's, relative to MEDIA_HOME; `bytes` counts all its files. A refused one
-- has no path: at most a file of role partial_preview, which shows what is there. `children` names
-- the sources that were made of this one. `image_id` is `source_id` for images, else null.
-- Grain: one row per source and derivative that was tried.
-- live: by(source_id)
-- test: not_null(source_id)
-- test: accepted_values(outcome, ok, degraded, unsupported, rejected, failed, skipped)
-- warn: relationships(source_id, sources.source_id)

with

artifacts as (select * from stg_media__artifacts),

recipes as (select * from stg_ingest__recipes)

select
    artifacts.medium,
    artifacts.source_id,
    artifacts.image_id,
    artifacts.asset,
    recipes.position,
    artifacts.outcome,
    artifacts.reason,
    artifacts.is_unfinished,
    artifacts.failure_class,
    artifacts.warnings,
    artifacts.fingerprint,
    artifacts.code_version,
    artifacts.engine,
    artifacts.engine_version,
    artifacts.parameters,
    artifacts.inputs,
    artifacts.seconds,
    len(artifacts.files) as file_count,
    coalesce(list_sum(list_transform(artifacts.files, lambda f: f.size_bytes)), 0)::bigint as bytes,
    case when artifacts.outcome in ('ok', 'degraded') then artifacts.files[1].path end as path,
    artifacts.files,
    artifacts.children,
    artifacts.run_id,
    artifacts.made_at
from artifacts
left join recipes using (medium, asset)

-- Every version of what is merged into a record (the catalogue record of images): who or what said
-- it, how, and whether it counts. `is_current` marks the version that counts (the preferred one,
-- else the newest usable), `is_preferred` that somebody decided so. What a version says:
-- <medium>_history.<asset>.
-- `image_id` is `source_id` for images and null for other media.
-- Grain: one row per source, asset and version.
-- live: by(source_id)
-- test: not_null(version)
-- warn: relationships(source_id, stg_ingest__sources.source_id)

with

history as (select * from stg_media__artifact_history),

recipes as (select * from stg_ingest__recipes),

chosen as (select * from stg_curation__chosen_versions),

edits as (select * from stg_curation__human_edits),

merged_assets as (
    select distinct medium, unnest(inputs) as asset
    from recipes
    where reads_preferred
),

named as (
    select *, commit_id || '-' || commit_row as version
    from history
)

select
    named.medium,
    named.source_id,
    named.image_id,
    named.asset,
    named.version,
    chosen.version is not null as is_current,
    coalesce(chosen.is_preferred, false) as is_preferred,
    named.outcome,
    named.reason,
    named.engine,
    named.engine_version,
    named.code_version,
    named.parameters,
    named.inputs,
    named.fingerprint,
    edits.edited_by,
    edits.note,
    named.run_id,
    named.seconds,
    named.made_at
from named
inner join merged_assets
    on named.medium = merged_assets.medium and named.asset = merged_assets.asset
left join chosen
    on named.source_id = chosen.source_id
    and named.asset = chosen.asset
    and named.version = chosen.version
left join edits
    on named.asset = 'human_record'
    and named.source_id = edits.image_id
    and named.version = edits.version

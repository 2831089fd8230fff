-- The sources of every medium: what each is, its outcome, and what it was made of. `outcome` is
-- the worst of its derivatives' (failed, rejected, unsupported, degraded, ok), or in_progress while
-- one is missing; `reason` names the derivative that decided. Children (`parent_id`) were made of
-- another source, at `place` in it. Of superseded children, which no result names any more, nothing
-- is expected and `outcome` is null. `original_path` is relative to MEDIA_HOME, except in mode
-- reference. `folder` is where it was seen last, below its landing root ("" in the root itself).
-- Grain: one row per accepted source.
-- live: by(source_id)
-- test: unique(source_id)
-- test: not_null(source_id)
-- test: accepted_values(outcome, ok, degraded, unsupported, rejected, failed, in_progress)
-- warn: relationships(parent_id, stg_ingest__sources.source_id)

with

sources as (select * from stg_ingest__sources),

sightings as (select * from stg_ingest__sightings where "role" = 'image'),

expected as (select * from expected_artifacts),

history as (select * from stg_media__artifact_history),

recipes as (select * from stg_ingest__recipes),

seen as (
    select
        source_id,
        count(*) as sighting_count,
        max(seen_at) as last_seen_at,
        last(folder order by commit_id, commit_row) as folder
    from sightings
    group by source_id
),

ranked as (
    select
        *,
        case standing
            when 'in_progress' then 0
            when 'failed' then 1
            when 'rejected' then 2
            when 'unsupported' then 3
            when 'degraded' then 4
            else 5
        end as severity
    from expected
),

decided as (
    select
        source_id,
        ['in_progress', 'failed', 'rejected', 'unsupported', 'degraded', 'ok'][min(severity) + 1]
            as outcome,
        arg_min(
            case
                when severity = 0 then asset || ': not made yet'
                when severity < 5
                    then asset || ': ' || coalesce(
                        reason, nullif(array_to_string(warnings, '; '), ''), 'no reason was given'
                    )
            end,
            severity * 1000 + position
        ) as reason
    from ranked
    group by source_id
),

first_made as (
    select history.source_id, history.asset, min(history.made_at) as made_at
    from history
    semi join recipes on history.medium = recipes.medium and history.asset = recipes.asset
    where not history.is_unfinished
    group by history.source_id, history.asset
),

finished as (
    select source_id, max(made_at) as finished_at
    from first_made
    group by source_id
),

judged as (
    select
        sources.*,
        case when not sources.is_superseded then coalesce(decided.outcome, 'in_progress') end
            as outcome,
        decided.reason,
        coalesce(seen.sighting_count, 0) as sighting_count,
        seen.last_seen_at,
        seen.folder,
        finished.finished_at
    from sources
    left join decided using (source_id)
    left join seen using (source_id)
    left join finished using (source_id)
)

select
    judged.source_id,
    judged.medium,
    judged.tenant,
    judged.sha256,
    judged.file_name,
    judged.size_bytes,
    judged.outcome,
    judged.reason,
    judged.batch,
    judged.root,
    judged.folder,
    judged.mode,
    judged.original_path,
    judged.parent_id,
    parents.medium as parent_medium,
    judged.place,
    judged.is_superseded,
    judged.sighting_count,
    judged.last_seen_at,
    judged.landed_at,
    case when judged.outcome != 'in_progress' then judged.finished_at end as finished_at
from judged
left join sources as parents on judged.parent_id = parents.source_id

-- The version of each asset that counts for a source: the preferred one, else the newest with a
-- usable result. A remake that failed does not replace what there was. Preferences about a part
-- of an image choose nothing here.
-- Grain: one row per source and asset with a usable version.
-- live: by(source_id)

with

artifacts as (select * from stg_media__artifacts),

history as (select * from stg_media__artifact_history),

preferences as (select * from stg_curation__preferences where part is null),

preferred as (
    select history.source_id, history.asset, history.commit_id, history.commit_row
    from history
    inner join preferences
        on history.source_id = preferences.image_id
        and history.asset = preferences.asset
        and history.commit_id || '-' || history.commit_row = preferences.version
),

undecided as (
    select artifacts.*
    from artifacts
    left join preferred
        on artifacts.source_id = preferred.source_id and artifacts.asset = preferred.asset
    where preferred.source_id is null
),

fallen_back as (
    select history.source_id, history.asset, history.commit_id, history.commit_row
    from history
    inner join undecided
        on history.source_id = undecided.source_id and history.asset = undecided.asset
    where undecided.outcome not in ('ok', 'degraded') and history.outcome in ('ok', 'degraded')
    qualify row_number() over (
        partition by history.source_id, history.asset
        order by history.commit_id desc, history.commit_row desc
    ) = 1
),

chosen as (
    select source_id, asset, commit_id, commit_row, true as is_preferred
    from preferred
    union all
    select source_id, asset, commit_id, commit_row, false as is_preferred
    from undecided
    where outcome in ('ok', 'degraded')
    union all
    select source_id, asset, commit_id, commit_row, false as is_preferred
    from fallen_back
)

select
    source_id,
    asset,
    commit_id || '-' || commit_row as version,
    is_preferred
from chosen

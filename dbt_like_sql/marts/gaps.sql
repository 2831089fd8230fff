-- Everything that a source should have and has not, or not as it would be made today, and why.
-- `gap`: missing (never tried, or its input became usable since), failed (our fault: tried again),
-- stale (a newer recipe or input), possibly_stale (the code was edited, its version was not: only
-- media reprocess makes it again), unsupported and rejected (the file's own state), skipped (an
-- input has no usable result).
-- `can_change`: a run now may close the gap. `attempts` counts results with today's fingerprint.
-- `image_id` is `source_id` for images and null for other media.
-- Grain: one row per source and derivative with a gap.
-- live: by(source_id)
-- test: accepted_values(gap, missing, failed, stale, possibly_stale, unsupported,rejected, skipped)
-- test: not_null(why)

with

expected as (select * from expected_artifacts),

history as (select * from stg_media__artifact_history),

open_gaps as (
    select
        *,
        case
            when standing = 'in_progress' then 'missing'
            when outcome = 'failed' then 'failed'
            when changes is not null then 'stale'
            when outcome in ('ok', 'degraded') then 'possibly_stale'
            else outcome
        end as gap
    from expected
    where outcome is null
        or outcome not in ('ok', 'degraded')
        or changes is not null
        or possible_change is not null
),

attempts as (
    select
        open_gaps.source_id,
        open_gaps.asset,
        count(*) filter (where history.fingerprint = open_gaps.fingerprint) as attempts,
        max_by(history.reason, history.commit_id) filter (where history.outcome = 'failed')
            as last_error
    from open_gaps
    inner join history
        on open_gaps.source_id = history.source_id and open_gaps.asset = history.asset
    group by open_gaps.source_id, open_gaps.asset
)

select
    open_gaps.medium,
    open_gaps.source_id,
    open_gaps.image_id,
    open_gaps.asset,
    open_gaps.gap,
    case open_gaps.gap
        when 'missing' then coalesce(open_gaps.changes, 'not made yet')
        when 'stale' then open_gaps.changes
        when 'possibly_stale' then open_gaps.possible_change
        else coalesce(open_gaps.reason, 'no reason was given')
    end as why,
    open_gaps.gap in ('missing', 'failed', 'stale') or open_gaps.is_unfinished as can_change,
    coalesce(attempts.attempts, 0) as attempts,
    attempts.last_error,
    open_gaps.batch,
    open_gaps.position,
    open_gaps.made_at
from open_gaps
left join attempts
    on open_gaps.source_id = attempts.source_id and open_gaps.asset = attempts.asset

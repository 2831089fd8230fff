-- Everything that a source should have and has not, or not as it would be made today, and why.
-- `gap`: missing (never tried, or its input became usable since), failed (our fault: tried again at
-- `retry_at`), dead (failed too often: tried again only when a person asks, or its code, model or
-- input is another one), stale (a newer recipe or input), possibly_stale (the code was edited, its
-- version was not: only media reprocess makes it again), unsupported and rejected (the file's own
-- state), skipped (an input has no usable result).
-- `can_change`: a run now may close the gap. `attempts` counts results with the fingerprint of the
-- newest one, since a person last asked for another try; only failures, where the newest failed.
-- `failure_class` says why it failed (see docs/limits.md).
-- `image_id` is `source_id` for images and null for other media.
-- Grain: one row per source and derivative with a gap.
-- live: by(source_id)
-- test: accepted_values(gap, missing,failed,dead,stale,possibly_stale,unsupported,rejected,skipped)
-- test: not_null(why)

with

expected as (select * from expected_artifacts),

history as (select * from stg_media__artifact_history),

rules as (select * from stg_ingest__retry_rules),

retry_requests as (select * from stg_curation__retry_requests),

open_gaps as (
    select
        *,
        case
            when standing = 'in_progress' then 'missing'
            when outcome = 'failed' then 'failed'
            when changes is not null then 'stale'
            when outcome in ('ok', 'degraded') then 'possibly_stale'
            else outcome
        end as kind
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
        count(*) filter (
            where history.fingerprint = open_gaps.fingerprint
                and (open_gaps.kind != 'failed' or history.outcome = 'failed')
                and history.made_at > coalesce(asked.asked_at, '-infinity'::timestamptz)
        ) as attempts,
        max_by(history.reason, history.commit_id) filter (where history.outcome = 'failed')
            as last_error
    from open_gaps
    inner join history
        on open_gaps.source_id = history.source_id and open_gaps.asset = history.asset
    left join retry_requests as asked
        on open_gaps.source_id = asked.source_id and open_gaps.asset = asked.asset
    group by open_gaps.source_id, open_gaps.asset
),

counted as (
    select
        open_gaps.*,
        coalesce(attempts.attempts, 0) as attempts,
        attempts.last_error,
        -- What would be made otherwise today is another attempt: it does not wait.
        open_gaps.kind = 'failed' and open_gaps.changes is null as is_same_again
    from open_gaps
    left join attempts
        on open_gaps.source_id = attempts.source_id and open_gaps.asset = attempts.asset
),

judged as (
    select
        counted.*,
        case
            when counted.is_same_again and counted.attempts >= rules.most_attempts then 'dead'
            else counted.kind
        end as gap,
        case
            when counted.is_same_again and counted.attempts > 0
                then coalesce(
                    least(
                        rules.first_wait_seconds * rules.growth ** (counted.attempts - 1),
                        rules.longest_wait_seconds
                    ),
                    0
                )
            else 0
        end as wait_seconds
    from counted
    left join rules on coalesce(counted.failure_class, 'unknown') = rules.failure_class
)

select
    medium,
    source_id,
    image_id,
    asset,
    gap,
    case gap
        when 'missing' then coalesce(changes, 'not made yet')
        when 'stale' then changes
        when 'possibly_stale' then possible_change
        else coalesce(reason, 'no reason was given')
    end as why,
    gap in ('missing', 'failed', 'dead', 'stale') or is_unfinished as can_change,
    attempts,
    last_error,
    case when outcome = 'failed' then coalesce(failure_class, 'unknown') end as failure_class,
    case when gap = 'failed' then made_at + to_seconds(wait_seconds) end as retry_at,
    batch,
    position,
    made_at
from judged

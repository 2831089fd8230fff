-- The state of each batch of files that landed together, with one closing line when it is done.
-- `accepted` counts new sources and the children that were made of them (superseded ones are left
-- out), `duplicates` files whose bytes were known, `listed_missing` files that a list names and
-- that cannot be taken, `sidecars` files that tell of a picture (see the table sidecars). Of the
-- files that are not taken, `too_large`, `unreadable`, `still_changing` and `excluded` (see the
-- table left_out), those of folders that are not walked are not counted.
-- Grain: one row per batch.
-- live: anew, a batch counts what is known of all its sources
-- test: unique(batch)
-- test: accepted_values(status, not_started, in_progress, paused, complete, cancelled)

with

sources as (select * from sources where not is_superseded),

sightings as (
    select seen.*, coalesce(media.medium, 'image') as medium
    from stg_ingest__sightings as seen
    left join stg_ingest__sources as media using (source_id)
),

left_out as (select * from stg_ingest__left_out),

-- How urgent a batch is may be said before, or without, any file of it.
events as (select * from stg_ingest__batch_events where event != 'priority'),

expected as (select * from expected_artifacts),

event_counts as (
    select
        batch,
        min(root) as root,
        min(happened_at) as opened_at,
        max(happened_at) filter (where event = 'cancelled') as cancelled_at,
        coalesce(
            max_by(event, happened_at) filter (where event in ('paused', 'resumed')) = 'paused',
            false
        ) as is_paused,
        coalesce(sum(coalesce(files, 1)) filter (where event = 'listed_missing'), 0)::bigint
            as listed_missing,
        max(files) filter (where event = 'opened') as listed
    from events
    group by batch
),

left_out_counts as (
    select
        batch,
        min(root) as root,
        coalesce(sum(files) filter (where state = 'too_large'), 0)::bigint as too_large,
        coalesce(sum(files) filter (where state = 'unreadable'), 0)::bigint as unreadable,
        coalesce(sum(files) filter (where state = 'still_changing'), 0)::bigint as still_changing,
        coalesce(sum(files) filter (where state = 'excluded'), 0)::bigint as excluded,
        sum(files)::bigint as files,
        min(noted_at) as first_noted_at
    from left_out
    where batch is not null and not is_folder
    group by batch
),

sighting_counts as (
    select
        batch,
        min(root) as root,
        count(*) as files_seen,
        count(*) filter (where "role" = 'image' and not is_new) as duplicates,
        count(*) filter (where "role" = 'sidecar') as sidecars,
        bool_and(medium = 'image') as are_images,
        min(seen_at) as first_seen_at
    from sightings
    group by batch
),

source_counts as (
    select
        batch,
        min(root) as root,
        count(*) as accepted,
        bool_and(medium = 'image') as are_images,
        count(*) filter (where outcome = 'ok') as ok,
        count(*) filter (where outcome = 'degraded') as degraded,
        count(*) filter (where outcome = 'unsupported') as unsupported,
        count(*) filter (where outcome = 'rejected') as rejected,
        count(*) filter (where outcome = 'failed') as failed,
        count(*) filter (where outcome = 'in_progress') as in_progress,
        max(finished_at) as finished_at
    from sources
    group by batch
),

begun as (
    select batch, count(outcome) > 0 as has_begun
    from expected
    group by batch
),

names as (
    select batch from event_counts
    union
    select batch from sighting_counts
    union
    select batch from source_counts
    union
    select batch from left_out_counts
),

counted as (
    select
        names.batch,
        coalesce(
            event_counts.root, sighting_counts.root, source_counts.root, left_out_counts.root
        ) as root,
        case
            when
                event_counts.cancelled_at is not null
                and coalesce(source_counts.in_progress, 1) > 0
                then 'cancelled'
            when
                coalesce(source_counts.in_progress, 0) = 0
                and coalesce(left_out_counts.still_changing, 0) = 0
                and coalesce(sighting_counts.files_seen, 0)
                + coalesce(left_out_counts.files, 0)
                + coalesce(event_counts.listed_missing, 0)
                >= coalesce(event_counts.listed, 1)
                then 'complete'
            when coalesce(event_counts.is_paused, false) then 'paused'
            when coalesce(begun.has_begun, false) then 'in_progress'
            else 'not_started'
        end as status,
        coalesce(sighting_counts.files_seen, 0) as files_seen,
        coalesce(source_counts.accepted, 0) as accepted,
        case
            when coalesce(source_counts.are_images, sighting_counts.are_images, true) then 'image'
            else 'source'
        end as noun,
        coalesce(sighting_counts.duplicates, 0) as duplicates,
        coalesce(sighting_counts.sidecars, 0) as sidecars,
        coalesce(source_counts.ok, 0) as ok,
        coalesce(source_counts.degraded, 0) as degraded,
        coalesce(source_counts.unsupported, 0) as unsupported,
        coalesce(source_counts.rejected, 0) as rejected,
        coalesce(source_counts.failed, 0) as failed,
        coalesce(source_counts.in_progress, 0) as in_progress,
        coalesce(event_counts.listed_missing, 0) as listed_missing,
        coalesce(left_out_counts.too_large, 0) as too_large,
        coalesce(left_out_counts.unreadable, 0) as unreadable,
        coalesce(left_out_counts.still_changing, 0) as still_changing,
        coalesce(left_out_counts.excluded, 0) as excluded,
        coalesce(
            least(event_counts.opened_at, sighting_counts.first_seen_at),
            left_out_counts.first_noted_at
        ) as started_at,
        coalesce(
            source_counts.finished_at,
            sighting_counts.first_seen_at,
            left_out_counts.first_noted_at
        ) as finished_at,
        event_counts.cancelled_at
    from names
    left join event_counts using (batch)
    left join sighting_counts using (batch)
    left join source_counts using (batch)
    left join left_out_counts using (batch)
    left join begun using (batch)
),

worded as (
    select
        *,
        concat_ws(
            ', ',
            case when ok > 0 then ok || ' ok' end,
            case when degraded > 0 then degraded || ' degraded' end,
            case when rejected > 0 then rejected || ' rejected' end,
            case when unsupported > 0 then unsupported || ' unsupported' end,
            case when failed > 0 then failed || ' failed' end,
            case when in_progress > 0 then in_progress || ' not finished' end
        ) as counts,
        case accepted
            when 0 then 'No new ' || noun || 's.'
            when 1 then 'The 1 ' || noun || ' is ready: '
            else 'All ' || accepted || ' ' || noun || 's are ready: '
        end as opening
    from counted
)

select
    batch,
    root,
    status,
    files_seen,
    accepted,
    duplicates,
    sidecars,
    ok,
    degraded,
    unsupported,
    rejected,
    failed,
    in_progress,
    listed_missing,
    too_large,
    unreadable,
    still_changing,
    excluded,
    started_at,
    case status when 'complete' then finished_at when 'cancelled' then cancelled_at end
        as finished_at,
    case
        when status in ('complete', 'cancelled')
            then concat_ws(
                ' ',
                case
                    when status = 'cancelled' and accepted = 0 then 'Cancelled.'
                    when status = 'cancelled' then 'Cancelled: ' || counts || '.'
                    when accepted = 0 then opening
                    else opening || counts || '.'
                end,
                case
                    when duplicates = 1 then '1 duplicate file.'
                    when duplicates > 1 then duplicates || ' duplicate files.'
                end,
                case
                    when sidecars = 1 then '1 sidecar.'
                    when sidecars > 1 then sidecars || ' sidecars.'
                end,
                case
                    when listed_missing = 1 then '1 listed file could not be taken.'
                    when listed_missing > 1
                        then listed_missing || ' listed files could not be taken.'
                end,
                case
                    when too_large = 1 then '1 file is too large.'
                    when too_large > 1 then too_large || ' files are too large.'
                end,
                case
                    when unreadable = 1 then '1 file cannot be read.'
                    when unreadable > 1 then unreadable || ' files cannot be read.'
                end,
                case
                    when excluded = 1 then '1 file was passed over.'
                    when excluded > 1 then excluded || ' files were passed over.'
                end
            )
    end as closing_line
from worded

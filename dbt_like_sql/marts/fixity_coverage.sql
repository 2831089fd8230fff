-- How much of what is kept was checked, and when: `oldest_check` is of the files that were checked
-- at all, `bytes_of_last_day` were read in the 24 hours before the latest check.
-- Grain: one row per kind and landing root (null for derivatives).
-- live: anew, it adds up all files
-- test: accepted_values(kind, original, referenced_original, derivative)

with

files as (select * from fixity)

select
    kind,
    root,
    count(*) as files,
    sum(size_bytes)::bigint as bytes,
    count(*) filter (where state = 'ok') as intact,
    count(*) filter (where state = 'damaged') as damaged,
    count(*) filter (where state = 'missing') as missing,
    count(*) filter (where state = 'unreadable') as unreadable,
    count(*) filter (where state = 'not_checked') as not_checked,
    min(checked_at) as oldest_check,
    max(checked_at) as latest_check,
    coalesce(
        sum(size_bytes) filter (
            where checked_at > (select max(checked_at) from fixity) - interval 1 day
        ),
        0
    )::bigint as bytes_of_last_day
from files
group by kind, root

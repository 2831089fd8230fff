-- How far each batch is with each derivative of each medium. `done` counts final results of any
-- outcome; `failed` ones are tried again.
-- Grain: one row per batch, medium and derivative.
-- live: anew, a batch counts what is known of all its sources

with

expected as (select * from expected_artifacts)

select
    batch,
    medium,
    asset,
    position,
    count(*) as expected,
    count(*) filter (where standing not in ('in_progress', 'failed') and not is_unfinished) as done,
    count(*) filter (where standing in ('ok', 'degraded')) as usable,
    count(*) filter (where standing = 'failed') as failed,
    count(*) filter (where standing = 'in_progress') as in_progress,
    count(*) filter (where changes is not null) as stale
from expected
group by batch, medium, asset, position

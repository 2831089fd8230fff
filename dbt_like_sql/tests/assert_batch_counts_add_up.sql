-- The outcomes of a batch add up to its sources, and all batches to all sources in use.
-- Model: batches

with

batches as (select * from batches),

sources as (select * from sources where not is_superseded)

select
    batch,
    accepted,
    ok + degraded + unsupported + rejected + failed + in_progress as outcomes
from batches
where accepted != ok + degraded + unsupported + rejected + failed + in_progress
union all
select
    'all batches',
    (select coalesce(sum(accepted), 0) from batches),
    (select count(*) from sources)
where (select coalesce(sum(accepted), 0) from batches) != (select count(*) from sources)

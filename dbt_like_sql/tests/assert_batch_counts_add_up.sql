-- The outcomes of a batch add up to its images, and all batches to all images.
-- Model: batches

with

batches as (select * from batches),

images as (select * from images)

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
    (select count(*) from images)
where (select coalesce(sum(accepted), 0) from batches) != (select count(*) from images)

-- A batch is called complete only when each of its sources has a result for each derivative.
-- Model: batches

with

batches as (select * from batches),

gaps as (select * from gaps)

select batches.batch, gaps.source_id, gaps.asset
from batches
inner join gaps using (batch)
where batches.status = 'complete' and gaps.gap = 'missing'

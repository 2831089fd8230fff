-- Every refusal says why: a rejected, unsupported, failed or skipped result has a reason.
-- Model: artifacts
-- Severity: warn

with

artifacts as (select * from artifacts)

select source_id, asset, outcome
from artifacts
where outcome in ('rejected', 'unsupported', 'failed', 'skipped') and reason is null

-- Each accepted source appears exactly once for each derivative of its medium.
-- Model: expected_artifacts

with

sources as (select * from stg_ingest__sources where not is_superseded),

recipes as (select * from stg_ingest__recipes),

expected as (select * from expected_artifacts)

select
    sources.source_id,
    recipes.asset,
    count(expected.source_id) as rows_found
from sources
inner join recipes on sources.medium = recipes.medium
left join expected
    on sources.source_id = expected.source_id and recipes.asset = expected.asset
group by sources.source_id, recipes.asset
having count(expected.source_id) != 1

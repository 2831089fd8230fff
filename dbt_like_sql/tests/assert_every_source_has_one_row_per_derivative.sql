-- Each accepted image stands exactly once for each derivative of today's recipes.
-- Model: expected_artifacts

with

originals as (select * from stg_ingest__originals),

recipes as (select * from stg_ingest__recipes),

expected as (select * from expected_artifacts)

select
    originals.image_id,
    recipes.asset,
    count(expected.image_id) as rows_found
from originals
cross join recipes
left join expected
    on originals.image_id = expected.image_id and recipes.asset = expected.asset
group by originals.image_id, recipes.asset
having count(expected.image_id) != 1

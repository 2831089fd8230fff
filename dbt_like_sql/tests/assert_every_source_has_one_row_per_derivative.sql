-- Each accepted source has as many rows as its medium has derivatives; as unique(source_id, asset)
-- holds too, it appears exactly once for each.
-- Model: expected_artifacts

with

sources as (select * from stg_ingest__sources where not is_superseded),

recipes as (select * from stg_ingest__recipes),

expected as (select * from expected_artifacts),

wanted as (
    select medium, count(*) as rows_wanted
    from recipes
    group by medium
),

found as (
    select source_id, count(*) as rows_found
    from expected
    group by source_id
)

select
    sources.source_id,
    wanted.rows_wanted,
    coalesce(found.rows_found, 0) as rows_found
from sources
inner join wanted on sources.medium = wanted.medium
left join found on sources.source_id = found.source_id
where coalesce(found.rows_found, 0) != wanted.rows_wanted

-- How each derivative is made today: what the rows are compared with to find stale ones. Two media
-- may have derivatives of the same name.
-- Grain: one row per medium and derivative.
-- live: anew, a recipe is of no source
-- test: unique(medium, asset)

select
    coalesce(medium, 'image') as medium,
    asset,
    code_version,
    code_digest,
    engine,
    engine_version,
    parameters,
    inputs,
    coalesce(optional_inputs, []) as optional_inputs,
    coalesce(reads_preferred, false) as reads_preferred,
    position,
    declared_at
from ingest.recipe

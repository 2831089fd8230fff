-- How each derivative is made today: what the rows are compared with to find stale ones.
-- Grain: one row per derivative.
-- test: unique(asset)

select
    asset,
    code_version,
    engine,
    engine_version,
    parameters,
    inputs,
    coalesce(optional_inputs, []) as optional_inputs,
    coalesce(reads_preferred, false) as reads_preferred,
    position,
    declared_at
from ingest.recipe

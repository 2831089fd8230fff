-- The newest result of every derivative, whatever derivatives there are.
-- Grain: one row per image and derivative that was tried.
-- test: not_null(outcome)
-- warn: relationships(image_id, stg_ingest__originals.image_id)

select
    image_id,
    asset,
    outcome,
    reason,
    is_unfinished,
    warnings,
    fingerprint,
    code_version,
    engine,
    engine_version,
    parameters,
    inputs,
    seconds,
    made_at,
    files,
    _seq as commit_id,
    _row as commit_row,
    _run_id as run_id
from artifact_rows

-- Every result that any derivative ever had; the newest is the current one.
-- Grain: one row per source, derivative and attempt.
-- live: by(source_id)

select
    medium,
    source_id,
    image_id,
    asset,
    outcome,
    reason,
    is_unfinished,
    warnings,
    fingerprint,
    code_version,
    code_digest,
    failure_class,
    engine,
    engine_version,
    parameters,
    inputs,
    seconds,
    made_at,
    files,
    children,
    _seq as commit_id,
    _row as commit_row,
    _run_id as run_id
from artifact_row_history

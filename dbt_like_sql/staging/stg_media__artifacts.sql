-- The newest result of every derivative of every source, of all media.
-- `image_id` is `source_id` for images and null for other media.
-- Grain: one row per source and derivative that was tried.
-- live: by(source_id)
-- test: not_null(source_id)
-- test: not_null(outcome)
-- warn: relationships(source_id, stg_ingest__sources.source_id)

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
from artifact_rows

-- What of the landing roots is not taken at present, and why; what is over is left out.
-- Grain: one row per file; per folder and reason for files that are passed over.
-- live: anew, it is not about sources

select
    root,
    path_display,
    reason,
    state,
    batch,
    is_folder,
    files,
    first_names,
    size_bytes,
    noted_at
from ingest.left_out
where not is_over

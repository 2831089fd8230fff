-- Files of the landing roots that are not taken, and why. `state`: too_large (above the limit of
-- limits.max_file_bytes), unreadable (tried again by itself), still_changing, excluded (hidden,
-- unfinished, left by another program, a link, or by a pattern of the settings or of a
-- .mediaignore file). Excluded
-- files of one folder and one reason share a row: `path_display` is the folder then, `files` their
-- number, `first_names` the first ones. A folder that is not walked (`is_folder`) has no number.
-- Grain: one row per file; per folder and reason for excluded files.
-- live: anew, it is not about sources
-- test: accepted_values(state, too_large, unreadable, still_changing, excluded)

select
    root,
    path_display,
    state,
    reason,
    batch,
    is_folder,
    files,
    first_names,
    size_bytes,
    noted_at
from stg_ingest__left_out

-- What people say of pictures in groups of duplicates; a verdict that was taken back is left out.
-- Grain: one row per image, tier and group that somebody decided about.
-- live: by(image_id)
-- test: accepted_values(verdict, same, different, keep_best)
-- test: not_null(decided_by)

select
    image_id,
    tier,
    group_id,
    verdict,
    best_id,
    decided_by,
    decided_at
from curation.duplicate_verdict
where verdict <> 'undecided'

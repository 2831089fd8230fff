-- What pictures are kept for, of those of which somebody or something said so: each is for viewing,
-- and the newest word about a purpose counts. Pictures that are not here are for viewing only.
-- Grain: one row per image of which a purpose was ever said.
-- live: by(image_id)
-- test: unique(image_id)
-- test: not_null(purposes)

select
    image_id,
    list_sort(list_distinct(
        coalesce(list(purpose) filter (where is_wanted), []) || ['viewing']
    )) as purposes,
    arg_max(decided_by, decided_at) as decided_by,
    max(decided_at) as decided_at
from curation.purpose
group by image_id

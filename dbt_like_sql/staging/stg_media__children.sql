-- The sources that results say they made of theirs: frames of a film, pictures in a book. `place`
-- is JSON text such as {"page": 3}. `is_current` says whether the newest usable result of the
-- derivative still names the child there; a remake that failed changes nothing.
-- Grain: one row per parent, place and child.
-- live: by(parent_id)
-- test: not_null(child_id)

with

usable as (
    select
        source_id,
        children,
        row_number() over (
            partition by source_id, asset order by _seq desc, _row desc
        ) = 1 as is_newest
    from parent_row_history
    where children is not null and outcome in ('ok', 'degraded')
),

named as (
    select source_id, is_newest, unnest(children) as child
    from usable
)

select
    source_id as parent_id,
    child.source_id as child_id,
    child.place as place,
    bool_or(is_newest) as is_current
from named
group by source_id, child.source_id, child.place

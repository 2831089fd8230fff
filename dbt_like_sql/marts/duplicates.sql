-- Copies, in three tiers that are kept apart: `same_bytes` (one file under several names),
-- `same_pixels` (other bytes, the same decoded picture), `near` (looks the same and is not).
-- `place` 1 is the suggested best copy and `why` says what sets it apart; nothing is ever deleted.
-- `verdict` is what a person said of the copy (same, different, keep_best), null while nobody has.
-- Grain: one row per tier and copy.
-- live: anew, a group is made of all its copies
-- test: accepted_values(tier, same_bytes, same_pixels, near)
-- test: not_null(group_id)
-- warn: relationships(image_id, images.image_id)

with

images as (select * from images),

sightings as (select * from sightings),

found as (select * from stg_search__duplicates),

verdicts as (select * from stg_curation__duplicate_verdicts),

files as (
    select image_id, root, path_display, file_name, size_bytes, min(seen_at) as seen_at
    from sightings
    where image_id is not null
    group by image_id, root, path_display, file_name, size_bytes
),

numbered as (
    select
        *,
        row_number() over (partition by image_id order by seen_at, path_display) as place,
        count(*) over (partition by image_id) as copies
    from files
),

same_bytes as (
    select
        'same_bytes' as tier,
        image_id as group_id,
        copies,
        place,
        case when place = 1 then 'the first one seen: all are the same file' end as why,
        image_id,
        file_name,
        root,
        path_display as path,
        size_bytes
    from numbered
    where copies > 1
),

same_picture as (
    select
        found.tier,
        found.group_id,
        count(*) over (partition by found.tier, found.group_id) as copies,
        found.place,
        found.why,
        found.image_id,
        images.file_name,
        images.root,
        images.original_path as path,
        images.size_bytes
    from found
    inner join images using (image_id)
),

copies as (
    select * from same_bytes
    union all
    select * from same_picture
)

select
    copies.*,
    verdicts.verdict,
    verdicts.best_id,
    verdicts.decided_by,
    verdicts.decided_at
from copies
left join verdicts using (image_id, tier, group_id)

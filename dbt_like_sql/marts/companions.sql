-- Files that belong together by name, in one folder and without regard to case and Unicode form:
-- a raw file and its JPEG, the two files of a Live or motion photo, the pictures of a burst, what
-- was edited and its original. `kind` of the group: burst, live_photo, motion_photo,
-- raw_and_picture, edited, same_name. `role` of the file: picture, raw (of a camera), film, edited,
-- burst. One file of each group is leading: the cover of a burst, else the picture, else the raw
-- file. `group_name` is the leading file's path without its last suffix. `image_id` is `source_id`
-- for images and null for other media. Names of bursts and edits: Android (BURST and a time;
-- PXL_*.BURST-01.COVER), Huawei (_BURST001_COVER), Apple (IMG_E1234), Google Photos (-edited, in
-- the owner's language).
-- Grain: one row per group and source in it.
-- live: anew, a group is made of all files of one name
-- test: accepted_values(kind, burst, live_photo, motion_photo, raw_and_picture, edited, same_name)
-- test: accepted_values(role, raw, film, edited, burst, picture)
-- warn: relationships(source_id, sources.source_id)

with

sightings as (select * from sightings where is_latest_at_path),

named as (
    select
        medium,
        source_id,
        image_id,
        root,
        folder,
        path_display,
        lower(nfc_normalize(regexp_extract(path_display, '([^/]*?)(\.[^./]*)?$', 1))) as stem,
        lower(regexp_extract(path_display, '\.([^./]*)$', 1)) as suffix
    from sightings
),

taken_apart as (
    select
        *,
        regexp_extract(stem, 'burst(\d{14,20})', 1) as burst_time,
        regexp_matches(stem, '(burst\d{14,20}|_burst\d{1,3}(_cover)?$|\.burst-\d+)') as is_burst,
        regexp_matches(stem, '[._]cover$') as is_cover,
        regexp_matches(stem, '^img_e\d{4}$')
        or regexp_extract(stem, '-([^-(]+)(\(\d+\))?$', 1) in (
            'edited', 'effects', 'smile', 'mix', 'bearbeitet', 'modifié', 'modificato', 'editado',
            'ha editado', 'edytowane', 'bewerkt', '編集済み', 'editat', 'redigerad', 'redigeret',
            'redigert', 'muokattu', 'upraveno', 'szerkesztve', 'измененный', '已修改', '已編輯', '수정됨'
        ) as is_edited
    from named
),

keyed as (
    select
        *,
        case
            when burst_time != '' then 'burst' || burst_time
            when is_edited and stem like 'img\_e%' escape '\' then 'img_' || stem[6:]
            when is_edited then regexp_replace(stem, '-[^-(]*(\(\d+\))?$', '\1')
            else
                regexp_replace(
                    stem,
                    '(_burst\d{1,3}(_cover)?'
                    || '|\.(mp|raw|portrait|burst|night|motion)(-\d+)?(\.(cover|original))?)$',
                    ''
                )
        end as group_key,
        case
            when suffix in (
                '3fr', 'arw', 'cr2', 'cr3', 'dng', 'erf', 'iiq', 'mrw', 'nef', 'nrw', 'orf', 'pef',
                'raf', 'raw', 'rw2', 'rwl', 'sr2', 'srw', 'x3f'
            ) then 'raw'
            when suffix in ('mov', 'mp4', 'm4v', 'avi', 'mts', 'mp', 'mv') then 'film'
            when is_burst then 'burst'
            when is_edited then 'edited'
            else 'picture'
        end as role
    from taken_apart
),

grouped as (
    select
        *,
        row_number() over in_group as place_in_group,
        first(path_display) over in_group as leading_path,
        bool_or(is_burst) over of_group as has_burst,
        bool_or(role = 'film') over of_group as has_film,
        bool_or(regexp_matches(stem, '(^mvimg_|\.mp$)') or suffix in ('mp', 'mv')) over of_group
            as has_motion,
        bool_or(role = 'raw') over of_group as has_raw,
        bool_or(role = 'edited') over of_group as has_edited,
        bool_or(role in ('picture', 'edited')) over of_group as has_picture
    from keyed
    window
        of_group as (partition by root, folder, group_key),
        in_group as (
            partition by root, folder, group_key
            order by
                not is_cover,
                case role when 'picture' then 0 when 'burst' then 1 when 'raw' then 2 else 3 end,
                path_display
        )
    qualify count(distinct source_id) over of_group > 1
)

select
    root,
    regexp_replace(leading_path, '\.[^./]*$', '') as group_name,
    case
        when has_burst then 'burst'
        when has_film and has_picture and has_motion then 'motion_photo'
        when has_film and has_picture then 'live_photo'
        when has_raw and has_picture then 'raw_and_picture'
        when has_edited then 'edited'
        else 'same_name'
    end as kind,
    medium,
    source_id,
    image_id,
    path_display,
    role,
    place_in_group = 1 as is_leading
from grouped

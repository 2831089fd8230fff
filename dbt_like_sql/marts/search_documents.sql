-- The words of each image: what full text search reads. `name_words` are the parts of all its file
-- and folder names, lower case, each with a space before it, so that contains(name_words, ' dun')
-- finds every part that begins with "dun". `version` changes with the text.
-- Grain: one row per accepted source image.
-- test: unique(image_id)
-- test: not_null(version)

with

images as (select * from images),

ocr_texts as (select * from stg_image__ocr_texts),

sightings as (select * from stg_ingest__sightings),

paths as (
    select image_id, path_display as path from sightings
    union
    select image_id, file_name as path from images
    union
    select image_id, batch as path from images
),

split as (
    select
        image_id,
        path,
        lower(strip_accents(concat_ws(
            ' ',
            path,
            regexp_replace(
                regexp_replace(path, '(\p{Ll})(\p{Lu})', '\1 \2', 'g'),
                '(\p{L})(\d)|(\d)(\p{L})', '\1\3 \2\4', 'g'
            )
        ))) as words
    from paths
),

names as (
    select
        image_id,
        ' ' || trim(regexp_replace(
            string_agg(words, ' ' order by path), '[^\p{L}\p{N}]+', ' ', 'g'
        )) as name_words
    from split
    group by image_id
),

fields as (
    select
        images.image_id,
        images.file_name,
        names.name_words,
        images.title,
        null::varchar as caption,
        images.description,
        nullif(ocr_texts.text, '') as ocr_text,
        array_to_string(images.keywords, ', ') as tags,
        nullif(concat_ws(', ', images.location, images.city, images.state, images.country), '')
            as place,
        array_to_string(images.creators, ', ') as creators,
        nullif(concat_ws(' ', images.camera_make, images.camera_model), '') as camera
    from images
    left join names using (image_id)
    left join ocr_texts using (image_id)
),

documents as (
    select
        *,
        concat_ws(
            chr(10),
            title, caption, description, ocr_text, tags, place, creators, camera, name_words
        ) as document
    from fields
)

select
    image_id,
    file_name,
    name_words,
    title,
    caption,
    description,
    ocr_text,
    tags,
    place,
    creators,
    camera,
    document,
    md5(document) as version
from documents

-- The words of each image: what full text search reads. `name_words` are the parts of all its file
-- and folder names, lower case, each with a space before it, so that contains(name_words, ' dun')
-- finds every part that begins with "dun". `version` changes with the text.
-- Grain: one row per accepted source image.
-- live: by(image_id)
-- test: unique(image_id)
-- test: not_null(version)

with

images as (select * from images),

ocr_texts as (select * from stg_image__ocr_texts),

sightings as (select * from stg_ingest__sightings),

records as (select * from stg_image__catalogue_records),

paths as (
    select source_id as image_id, path_display as path from sightings
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
        records.title,
        records.caption,
        records.description,
        concat_ws(
            chr(10),
            records.alternative_title,
            records.abstract,
            array_to_string(records.subject, ', '),
            array_to_string(records.events, ', '),
            array_to_string(records.temporal_coverage, ', '),
            array_to_string(records.expressions_identified, ', '),
            array_to_string(records.models_identified, ', '),
            images.generation_prompt
        ) as more_text,
        nullif(ocr_texts.text, '') as ocr_text,
        nullif(array_to_string(list_distinct(list_concat(
            coalesce(records.keywords, []),
            coalesce(records.tags, []),
            coalesce(records.themes, []),
            coalesce(records.objects_identified, [])
        )), ', '), '') as tags,
        nullif(concat_ws(
            ', ',
            records.creation_location,
            records.location,
            records.city,
            records.state,
            records.country,
            array_to_string(records.spatial_coverage, ', ')
        ), '') as place,
        nullif(array_to_string(list_concat(
            coalesce(records.creators, []), coalesce(records.contributors, [])
        ), ', '), '') as creators,
        nullif(array_to_string(images.people, ', '), '') as people,
        nullif(concat_ws(' ', images.camera_make, images.camera_model), '') as camera,
        if(records.image_id is null, images.latitude, records.latitude) as latitude,
        if(records.image_id is null, images.longitude, records.longitude) as longitude
    from images
    left join names using (image_id)
    left join records using (image_id)
    left join ocr_texts using (image_id)
),

documents as (
    select
        *,
        concat_ws(
            chr(10),
            title, caption, description, more_text, ocr_text, tags, people, place, creators, camera,
            name_words
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
    people,
    camera,
    latitude,
    longitude,
    document,
    md5(document) as version
from documents

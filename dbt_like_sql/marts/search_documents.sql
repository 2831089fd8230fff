-- The words of each image: what full text search reads. `name_words` are the parts of all its file
-- and folder names, lower case, each with a space before it, so that contains(name_words, ' dun')
-- finds every part that begins with "dun"; accents are left out of Latin and Greek names, where no
-- mark makes another letter. `names` are the names as they are, one a line. `version` changes with
-- the texts.
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
        concat_ws(
            ' ',
            path,
            regexp_replace(
                regexp_replace(path, '(\p{Ll})(\p{Lu})', '\1 \2', 'g'),
                '(\p{L})(\d)|(\d)(\p{L})', '\1\3 \2\4', 'g'
            )
        ) as parts
    from paths
),

folded as (
    select
        image_id,
        path,
        lower(if(
            regexp_matches(path, '[^\p{Latin}\p{Greek}\p{Common}\p{Inherited}]'),
            nfc_normalize(parts),
            strip_accents(parts)
        )) as words
    from split
),

names as (
    select
        image_id,
        ' ' || trim(regexp_replace(
            string_agg(words, ' ' order by path), '[^\p{L}\p{M}\p{N}]+', ' ', 'g'
        )) as name_words,
        string_agg(path, chr(10) order by path) as names
    from folded
    group by image_id
),

fields as (
    select
        images.image_id,
        images.file_name,
        names.name_words,
        names.names,
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
    names,
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
    md5(concat_ws(chr(0), document, names)) as version
from documents

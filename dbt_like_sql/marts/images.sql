-- The images: what each is, its outcome, what is known about it and where its renditions are.
-- `outcome` and `reason` are those of `sources`; an image with a `parent_id` was made of another
-- source, at `place` in it (superseded ones are only in `sources`). Paths are relative to
-- MEDIA_HOME, except `original_path` of images in reference mode. When it was taken, title,
-- description, keywords, people in it, creators, copyright, rating and location are what people,
-- sidecars, the file itself and Google Takeout say, in this order; what models say is in
-- `descriptions`. `taken_at` is known to `taken_at_precision`, from `taken_at_tag`;
-- `taken_at_text` is ISO 8601 with what is known.
-- Grain: one row per accepted source image that is not superseded.
-- live: by(image_id)
-- test: unique(image_id)
-- test: not_null(image_id)
-- warn: unique(sha256)
-- test: accepted_values(outcome, ok, degraded, unsupported, rejected, failed, in_progress)

with

image_sources as (select * from sources where medium = 'image' and not is_superseded),

artifacts as (select * from stg_media__artifacts where medium = 'image'),

source_records as (select * from stg_image__source_records),

embedded_metadata as (select * from stg_image__embedded_metadata),

perceptual_hashes as (select * from stg_image__perceptual_hashes),

dominant_colors as (select * from stg_image__dominant_colors),

records as (
    select
        *,
        list_transform(
            list_filter(sources, lambda one: one.source = 'model'), lambda one: one.field
        ) as by_models
    from stg_image__catalogue_records
),

said as (
    select
        case
            when records.image_id is null then embedded_metadata.title
            when not list_contains(records.by_models, 'title') then records.title
        end as title,
        case
            when records.image_id is null then embedded_metadata.description
            when not list_contains(records.by_models, 'description') then records.description
        end as description,
        case
            when records.image_id is null then embedded_metadata.keywords
            when not list_contains(records.by_models, 'keywords') then records.keywords
        end as keywords,
        case
            when records.image_id is null then embedded_metadata.creators
            when not list_contains(records.by_models, 'creators') then records.creators
        end as creators,
        if(records.people is null, embedded_metadata.taken_at, records.taken_at) as taken_at,
        if(
            records.people is null,
            embedded_metadata.taken_at_offset_minutes,
            records.taken_at_offset_minutes
        ) as taken_at_offset_minutes,
        if(records.people is null, embedded_metadata.taken_at_precision, records.taken_at_precision)
            as taken_at_precision,
        if(records.people is null, embedded_metadata.taken_at_tag, records.taken_at_tag)
            as taken_at_tag,
        if(records.people is null, embedded_metadata.people, records.people) as people,
        case when records.image_id is null then embedded_metadata.latitude else records.latitude end
            as latitude,
        case
            when records.image_id is null then embedded_metadata.longitude else records.longitude
        end
            as longitude,
        case
            when records.image_id is null then embedded_metadata.copyright else records.copyright
        end
            as copyright,
        case when records.image_id is null then embedded_metadata.rating else records.rating end
            as rating,
        case when records.image_id is null then embedded_metadata.location else records.location end
            as location,
        case when records.image_id is null then embedded_metadata.city else records.city end
            as city,
        case when records.image_id is null then embedded_metadata.state else records.state end
            as state,
        case when records.image_id is null then embedded_metadata.country else records.country end
            as country,
        coalesce(records.image_id, embedded_metadata.image_id) as image_id
    from embedded_metadata
    full join records on embedded_metadata.image_id = records.image_id
),

rendition_files as (
    select source_id, asset, unnest(files) as file
    from artifacts
    where outcome in ('ok', 'degraded')
        and asset in ('viewing_copy', 'model_input', 'embedded_metadata', 'thumbnails')
),

renditions as (
    select
        source_id as image_id,
        max(file.path) filter (where asset = 'viewing_copy') as viewing_copy_path,
        max(file.path) filter (where asset = 'model_input') as model_input_path,
        max(file.path) filter (where asset = 'embedded_metadata') as metadata_json_path,
        max(file.path) filter (where asset = 'thumbnails' and file.role = 'small')
            as thumbnail_small_path,
        max(file.path) filter (where asset = 'thumbnails' and file.role = 'medium')
            as thumbnail_medium_path,
        max(file.path) filter (where asset = 'thumbnails' and file.role = 'large')
            as thumbnail_large_path
    from rendition_files
    group by source_id
)

select
    image_sources.source_id as image_id,
    image_sources.sha256,
    image_sources.file_name,
    source_records.format,
    source_records.media_type,
    source_records.width_px,
    source_records.height_px,
    source_records.frame_count,
    image_sources.size_bytes,
    image_sources.outcome,
    image_sources.reason,
    image_sources.batch,
    image_sources.root,
    image_sources.folder,
    image_sources.mode,
    image_sources.original_path,
    said.taken_at,
    said.taken_at_offset_minutes,
    said.taken_at_precision,
    said.taken_at_tag,
    left(
        strftime(said.taken_at, '%Y-%m-%dT%H:%M:%S'),
        case said.taken_at_precision
            when 'year' then 4
            when 'month' then 7
            when 'day' then 10
            when 'minute' then 16
            else 19
        end
    ) as taken_at_text,
    embedded_metadata.camera_make,
    embedded_metadata.camera_model,
    embedded_metadata.lens_model,
    embedded_metadata.exposure_seconds,
    embedded_metadata.f_number,
    embedded_metadata.iso,
    embedded_metadata.focal_length_mm,
    said.latitude,
    said.longitude,
    embedded_metadata.altitude_m,
    said.title,
    said.description,
    said.keywords,
    said.people,
    said.creators,
    said.copyright,
    said.rating,
    said.location,
    said.city,
    said.state,
    said.country,
    embedded_metadata.generation_prompt,
    source_records.orientation,
    source_records.bit_depth,
    source_records.colour_space,
    source_records.has_alpha,
    source_records.has_icc_profile,
    perceptual_hashes.phash as perceptual_hash,
    dominant_colors.colors[1] as dominant_color,
    renditions.viewing_copy_path,
    renditions.model_input_path,
    renditions.metadata_json_path,
    renditions.thumbnail_small_path,
    renditions.thumbnail_medium_path,
    renditions.thumbnail_large_path,
    image_sources.sighting_count,
    image_sources.last_seen_at,
    image_sources.landed_at,
    image_sources.finished_at,
    image_sources.parent_id,
    image_sources.parent_medium,
    image_sources.place
from image_sources
left join source_records on image_sources.source_id = source_records.image_id
left join embedded_metadata on image_sources.source_id = embedded_metadata.image_id
left join said on image_sources.source_id = said.image_id
left join perceptual_hashes on image_sources.source_id = perceptual_hashes.image_id
left join dominant_colors on image_sources.source_id = dominant_colors.image_id
left join renditions on image_sources.source_id = renditions.image_id

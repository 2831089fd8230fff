-- The images: what each is, how it fared, what is known about it and where its renditions lie.
-- `outcome` is the worst of its derivatives' (failed, rejected, unsupported, degraded, ok), or
-- in_progress while one is missing; `reason` names the derivative that decided. Paths are relative
-- to MEDIA_HOME, except `original_path` of images in reference mode. Title, description, keywords,
-- creators, copyright, rating and place are what people, sidecars and the file itself say, in this
-- order; what models say is in `descriptions`.
-- Grain: one row per accepted source image.
-- test: unique(image_id)
-- test: not_null(image_id)
-- warn: unique(sha256)
-- test: accepted_values(outcome, ok, degraded, unsupported, rejected, failed, in_progress)

with

originals as (select * from stg_ingest__originals),

sightings as (select * from stg_ingest__sightings where "role" = 'image'),

expected as (select * from expected_artifacts),

history as (select * from stg_image__artifact_history),

artifacts as (select * from stg_image__artifacts),

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

told as (
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

seen as (
    select image_id, count(*) as sighting_count, max(seen_at) as last_seen_at
    from sightings
    group by image_id
),

ranked as (
    select
        *,
        case standing
            when 'in_progress' then 0
            when 'failed' then 1
            when 'rejected' then 2
            when 'unsupported' then 3
            when 'degraded' then 4
            else 5
        end as severity
    from expected
),

decided as (
    select
        image_id,
        ['in_progress', 'failed', 'rejected', 'unsupported', 'degraded', 'ok'][min(severity) + 1]
            as outcome,
        arg_min(
            case
                when severity = 0 then asset || ': not made yet'
                when severity < 5
                    then asset || ': ' || coalesce(
                        reason, nullif(array_to_string(warnings, '; '), ''), 'no reason was given'
                    )
            end,
            severity * 1000 + position
        ) as reason
    from ranked
    group by image_id
),

first_made as (
    select image_id, asset, min(made_at) as made_at
    from history
    where not is_unfinished and asset in (select asset from expected)
    group by image_id, asset
),

finished as (
    select image_id, max(made_at) as finished_at
    from first_made
    group by image_id
),

rendition_files as (
    select image_id, asset, unnest(files) as file
    from artifacts
    where outcome in ('ok', 'degraded')
),

renditions as (
    select
        image_id,
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
    group by image_id
)

select
    originals.image_id,
    originals.sha256,
    originals.file_name,
    source_records.format,
    source_records.media_type,
    source_records.width_px,
    source_records.height_px,
    source_records.frame_count,
    originals.size_bytes,
    coalesce(decided.outcome, 'in_progress') as outcome,
    decided.reason,
    originals.batch,
    originals.root,
    originals.mode,
    originals.original_path,
    embedded_metadata.taken_at,
    embedded_metadata.taken_at_offset_minutes,
    embedded_metadata.taken_at_precision,
    embedded_metadata.camera_make,
    embedded_metadata.camera_model,
    embedded_metadata.lens_model,
    embedded_metadata.exposure_seconds,
    embedded_metadata.f_number,
    embedded_metadata.iso,
    embedded_metadata.focal_length_mm,
    told.latitude,
    told.longitude,
    embedded_metadata.altitude_m,
    told.title,
    told.description,
    told.keywords,
    told.creators,
    told.copyright,
    told.rating,
    told.location,
    told.city,
    told.state,
    told.country,
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
    coalesce(seen.sighting_count, 0) as sighting_count,
    seen.last_seen_at,
    originals.landed_at,
    case
        when coalesce(decided.outcome, 'in_progress') != 'in_progress' then finished.finished_at
    end as finished_at
from originals
left join decided using (image_id)
left join seen using (image_id)
left join finished using (image_id)
left join source_records using (image_id)
left join embedded_metadata using (image_id)
left join told using (image_id)
left join perceptual_hashes using (image_id)
left join dominant_colors using (image_id)
left join renditions using (image_id)

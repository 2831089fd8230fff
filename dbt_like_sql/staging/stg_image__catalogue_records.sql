-- What is known of a picture, merged field by field: people, sidecar, embedded metadata, Google
-- Takeout, models. `people` and `taken_at_...` are null in rows of older versions.
-- Grain: one row per source image with a record.
-- live: by(image_id)
-- test: unique(image_id)

select
    image_id,
    title,
    alternative_title,
    caption,
    description,
    abstract,
    subject,
    tags,
    keywords,
    creators,
    contributors,
    people,
    events,
    spatial_coverage,
    temporal_coverage,
    themes,
    objects_identified,
    expressions_identified,
    models_identified,
    creation_date,
    taken_at,
    taken_at_offset_minutes,
    taken_at_precision,
    taken_at_tag,
    creation_location,
    location,
    city,
    state,
    country,
    latitude,
    longitude,
    copyright,
    credit,
    rating,
    sources,
    inputs,
    made_at
from image.catalogue_record
where outcome in ('ok', 'degraded')

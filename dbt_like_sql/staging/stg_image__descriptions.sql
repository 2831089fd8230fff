-- The catalogue record that a model wrote, and which model; null or empty means no evidence.
-- Texts of the engine `builtin` are composed of measured facts. All versions:
-- image_history.description.
-- Grain: one row per source image with a description.
-- live: by(image_id)
-- test: unique(image_id)

select
    image_id,
    title,
    alternative_title,
    description,
    abstract,
    subject,
    tags,
    keywords,
    creators,
    contributors,
    events,
    spatial_coverage,
    temporal_coverage,
    themes,
    objects_identified,
    expressions_identified,
    models_identified,
    creation_date,
    creation_location,
    engine,
    parameters ->> 'model' as model,
    parameters ->> 'model_sha256' as model_sha256,
    parameters ->> 'prompt_sha256' as prompt_sha256,
    hint,
    attempts,
    prompt_tokens,
    answer_tokens,
    seconds,
    made_at
from image.description
where outcome in ('ok', 'degraded')

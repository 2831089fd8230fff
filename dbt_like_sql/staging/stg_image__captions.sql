-- One sentence per picture, and who wrote it. Texts of the engine `builtin` are composed of
-- measured facts; those of models are as reliable as the model. All versions:
-- image_history.caption.
-- Grain: one row per source image with a caption.
-- live: by(image_id)
-- test: unique(image_id)

select
    image_id,
    caption,
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
from image.caption
where outcome in ('ok', 'degraded')

-- What is said of each picture, merged: people above sidecars, embedded metadata and models.
-- `sources` says for each field who said it, and which version: people remove a field for good
-- (`is_deleted`). Texts come from people, files and models; trust them as far as those.
-- Grain: one row per source image with a record.
-- live: by(image_id)
-- test: unique(image_id)
-- warn: relationships(image_id, stg_ingest__originals.image_id)

with

records as (select * from stg_image__catalogue_records),

originals as (select * from stg_ingest__originals)

select
    records.image_id,
    originals.file_name,
    originals.batch,
    records.* exclude (image_id, sources, inputs, made_at),
    list_transform(
        records.sources,
        lambda one: struct_pack(
            field := one.field,
            source := one.source,
            asset := one.asset,
            version := records.inputs ->> one.asset,
            is_deleted := one.is_deleted
        )
    ) as sources,
    records.made_at
from records
left join originals on records.image_id = originals.image_id

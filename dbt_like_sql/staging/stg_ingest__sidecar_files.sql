-- The XMP sidecars of each image: every one that was ever found beside it, by the path it was seen
-- at; of one path the newest bytes.
-- Grain: one row per image and path of a sidecar.
-- live: by(image_id)

select
    image_id,
    sidecar.form as form,
    sidecar.root as root,
    sidecar.path as path_display,
    sidecar.sha256 as sha256,
    made_at as linked_at
from (
    select image_id, made_at, unnest(sidecars) as sidecar
    from ingest.sidecar_files
)

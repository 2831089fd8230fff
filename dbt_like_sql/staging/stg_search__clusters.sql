-- The cluster that each image belongs to by its embedding, as of the last search refresh.
-- Grain: one row per image in a cluster.
-- live: by(image_id)
-- test: unique(image_id)

select
    image_id,
    cluster_id,
    label,
    similarity
from search.clusters
where cluster_id is not null

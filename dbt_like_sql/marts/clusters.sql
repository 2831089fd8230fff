-- Groups of images that resemble each other, with a label made of the words that set them apart.
-- `cluster_id` is the image that is most typical of it; `images` lists its images, best first.
-- Grain: one row per cluster.
-- live: anew, a cluster is made of all its images
-- test: unique(cluster_id)

with

members as (select * from stg_search__clusters)

select
    cluster_id,
    any_value(label) as label,
    count(*) as image_count,
    list(image_id order by similarity desc, image_id) as images,
    round(avg(similarity), 4) as mean_similarity
from members
group by cluster_id

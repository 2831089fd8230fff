"""Clusters: images that belong together by their embeddings, with labels a person can read.

Up to 20 000 images by density (HDBSCAN), so that what resembles nothing stays out; beyond that by
k-means. A label is the words that set a cluster's titles, captions and tags apart from those of the
others (class-based TF-IDF). A cluster is named after its most typical image and keeps its name
while most of its images stay. When few images have come or gone, the new ones join the clusters
that are there.
"""

from collections.abc import Sequence
from typing import Any

import dagster as dg
import numpy as np

from media_assets.search.comparing.cluster_inputs import ClusterInputs, read_inputs
from media_assets.search.comparing.cluster_labels import labels_of
from media_assets.search.comparing.grouping import Grouping, group_vectors, join_existing
from media_assets.search.comparing.search_tables import (
    CLUSTERS,
    append_rows,
    changed_rows,
)
from resources.orchestration.media_resource import MediaResource

READ = ("image/embedding", "image/caption", "image/zero_shot_tags", "image/embedded_metadata")

FEWEST_IMAGES = 8
"""Fewer need no clusters to be looked through."""

REGROUPED_FROM_IMAGES = 500
REGROUPED_FROM_SHARE = 0.05
"""Small sets are grouped again at any change; large ones when this share has come or gone."""

KEPT_NAME_SHARE = 0.5


@dg.asset(
    key_prefix="search",
    group_name="search",
    kinds={"scikitlearn"},
    owners=["team:media"],
    code_version="1",
    deps=[dg.AssetKey(key.split("/")) for key in READ],
    description=__doc__,
    metadata={"dagster/table_name": "search.clusters"},
)
def clusters(context: dg.AssetExecutionContext, media: MediaResource) -> dg.MaterializeResult:
    """Group the images and write the rows that have changed."""
    media.store.declare(CLUSTERS)
    inputs = read_inputs(media.home)
    wanted = rows_of(inputs)
    changed = changed_rows(wanted, inputs.known, CLUSTERS)
    append_rows(media.store, CLUSTERS, changed, run_id=context.run.run_id)
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": len(wanted),
            "clusters": len({row["cluster_id"] for row in wanted}),
            "images": len(inputs.image_ids),
            "changed_rows": len(changed),
            "space": inputs.space,
        }
    )


def rows_of(inputs: ClusterInputs) -> list[dict[str, Any]]:
    """One row per image that belongs to a cluster."""
    if len(inputs.image_ids) < FEWEST_IMAGES:
        return []
    if is_little_changed(inputs):
        return rows_of_joined(inputs)
    grouping = group_vectors(inputs.vectors)
    names = names_of(inputs, grouping)
    labels = labels_of([[inputs.texts[place] for place in members] for members in grouping.members])
    return [
        row(inputs, place, names[number], labels[number], grouping.similarity[place])
        for number, members in enumerate(grouping.members)
        for place in members
    ]


def is_little_changed(inputs: ClusterInputs) -> bool:
    """Whether the clusters that are there still fit."""
    grouped = {known["image_id"] for known in inputs.known if known["space"] == inputs.space}
    if len(inputs.image_ids) < REGROUPED_FROM_IMAGES or not grouped:
        return False
    seen = grouped | {known["image_id"] for known in inputs.known}
    changed = len(seen ^ set(inputs.image_ids))
    return changed < REGROUPED_FROM_SHARE * len(inputs.image_ids)


def rows_of_joined(inputs: ClusterInputs) -> list[dict[str, Any]]:
    """The known rows, and one for each new image that is near a known cluster."""
    known = {one["image_id"]: one for one in inputs.known if one["cluster_id"]}
    places = {image_id: place for place, image_id in enumerate(inputs.image_ids)}
    labels = {one["cluster_id"]: one["label"] for one in known.values()}
    members = {
        cluster: [
            places[i] for i, one in known.items() if one["cluster_id"] == cluster and i in places
        ]
        for cluster in labels
    }
    kept = [dict(one) for image_id, one in known.items() if image_id in places]
    fresh = [place for image_id, place in places.items() if image_id not in known]
    joined = join_existing(inputs.vectors, members, fresh)
    return [
        *kept,
        *(row(inputs, place, cluster, labels[cluster], near) for place, cluster, near in joined),
    ]


def row(
    inputs: ClusterInputs, place: int, cluster_id: str, label: str, similarity: float
) -> dict[str, Any]:
    """The row of the image at ``place``."""
    return {
        "image_id": inputs.image_ids[place],
        "cluster_id": cluster_id,
        "label": label,
        "similarity": round(float(similarity), 4),
        "space": inputs.space,
    }


def names_of(inputs: ClusterInputs, grouping: Grouping) -> list[str]:
    """Of each cluster: its old name if most images have stayed, else its most typical image."""
    old = {known["image_id"]: known["cluster_id"] for known in inputs.known if known["cluster_id"]}
    taken: set[str] = set()
    names = []
    for members in grouping.members:
        ids = [inputs.image_ids[place] for place in members]
        typical = ids[int(np.argmax([grouping.similarity[place] for place in members]))]
        kept = kept_name(ids, old)
        name = kept if kept and kept not in taken else typical
        taken.add(name)
        names.append(name)
    return names


def kept_name(image_ids: Sequence[str], old: dict[str, str]) -> str | None:
    """The old cluster that shares most of its images with this one."""
    for name in dict.fromkeys(old[image_id] for image_id in image_ids if image_id in old):
        before = {image_id for image_id, cluster in old.items() if cluster == name}
        shared = len(before & set(image_ids))
        if shared > KEPT_NAME_SHARE * max(len(before), len(image_ids)):
            return name
    return None

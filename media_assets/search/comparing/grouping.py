"""Vectors into groups; scikit-learn does the work and is imported only when there is any."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

MOST_FOR_DENSITY = 20_000
"""HDBSCAN compares all with all: seconds at 5 000, minutes beyond 20 000."""

DIMENSIONS = 32
"""Principal components kept: density means nothing in hundreds of dimensions."""

FEWEST_MEMBERS = 3
MOST_GROUPS = 200
SEED = 0


@dataclass(frozen=True)
class Grouping:
    """``members`` are places in the vectors, one list per group, the largest group first.

    ``similarity`` is each vector's cosine to the center of its group; nan outside of groups.
    """

    members: Sequence[Sequence[int]]
    similarity: Floats


def group_vectors(vectors: Floats) -> Grouping:
    """Groups of (N, D) unit vectors; the same vectors give the same groups."""
    labels = by_density(vectors) if len(vectors) <= MOST_FOR_DENSITY else by_means(vectors)
    numbers = [number for number in np.unique(labels) if number >= 0]
    members = [np.flatnonzero(labels == number).tolist() for number in numbers]
    members.sort(key=lambda places: (-len(places), places[0]))
    similarity = np.full(len(vectors), np.nan, np.float32)
    for places in members:
        similarity[places] = vectors[places] @ center(vectors[places])
    return Grouping(members, similarity)


def by_density(vectors: Floats) -> NDArray[np.int64]:
    """Labels by HDBSCAN (Campello, Moulavi and Sander 2013); -1 is no group."""
    from sklearn.cluster import HDBSCAN
    from sklearn.decomposition import PCA

    kept = min(DIMENSIONS, vectors.shape[1], len(vectors))
    reduced = PCA(kept, random_state=SEED).fit_transform(vectors)
    fewest = max(FEWEST_MEMBERS, round(np.sqrt(len(vectors)) / 4))
    found = HDBSCAN(min_cluster_size=fewest, min_samples=2, copy=True).fit_predict(reduced)
    return np.asarray(found, dtype=np.int64)


def by_means(vectors: Floats) -> NDArray[np.int64]:
    """Labels by k-means in small batches (Sculley 2010)."""
    from sklearn.cluster import MiniBatchKMeans

    groups = min(MOST_GROUPS, round(np.sqrt(len(vectors) / 2)))
    means = MiniBatchKMeans(groups, random_state=SEED, batch_size=4096, n_init=3)
    return np.asarray(means.fit_predict(vectors), dtype=np.int64)


def center(vectors: Floats) -> Floats:
    """The mean direction, L2 norm 1."""
    mean = vectors.mean(axis=0)
    length = float(np.linalg.norm(mean))
    return np.asarray(mean / length if length else mean, dtype=np.float32)


def join_existing(
    vectors: Floats, members: Mapping[str, Sequence[int]], fresh: Sequence[int]
) -> Iterator[tuple[int, str, float]]:
    """Each fresh vector with the nearest group, if it is as near as that group's farthest tenth."""
    filled = {name: places for name, places in members.items() if places}
    if not filled or not fresh:
        return
    centers = np.stack([center(vectors[places]) for places in filled.values()])
    limits = [
        float(np.quantile(vectors[places] @ middle, 0.1))
        for places, middle in zip(filled.values(), centers, strict=True)
    ]
    near = vectors[list(fresh)] @ centers.T
    names = list(filled)
    for place, cosines in zip(fresh, near, strict=True):
        best = int(np.argmax(cosines))
        if cosines[best] >= limits[best]:
            yield place, names[best], float(cosines[best])

"""Which images look alike: candidates by perceptual hash, then looked at, pair by pair.

A verdict is a row of ``search.similar_pairs`` and is not asked for again while both thumbnails are
the same. Of many images with one and the same hash each is compared with the few that stand for the
others, so a burst of a thousand costs a thousand comparisons, not half a million.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from media_assets.search.comparing.published_embeddings import PublishedEmbeddings
from resources.search.hamming_neighbors import hashes_of, neighbors
from resources.search.picture_comparison import compare, has_detail, is_same_shape, small_picture

LEAST_COSINE = 0.9
"""Pictures that an image model finds this far apart are not the same, however they are built."""

SEVERAL_LEADERS = 8
"""Different pictures with one hash are few, unless the hash is chance (blank pictures)."""


@dataclass(frozen=True)
class Picture:
    """What duplicates are judged by."""

    image_id: str
    phash: str
    thumbnail: str
    width_px: int
    height_px: int
    bit_depth: int
    frame_count: int
    format: str
    size_bytes: int
    outcome: str
    metadata_count: int
    landed_at: datetime

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height of the upright picture."""
        return self.width_px, self.height_px

    @property
    def pixel_kind(self) -> tuple[int, int, int]:
        """Images that differ in this cannot have the same pixels."""
        return self.width_px, self.height_px, self.bit_depth


@dataclass(frozen=True)
class Verdict:
    """Whether two images show the same, and whether there is anything to see in them."""

    first: Picture
    second: Picture
    is_alike: bool
    row: Mapping[str, Any]


class Judge:
    """Compares pictures, remembering what was decided before."""

    def __init__(
        self,
        root: Path,
        known: Mapping[tuple[str, str], Mapping[str, Any]],
        vectors: PublishedEmbeddings,
    ) -> None:
        self._root = root
        self._known = known
        self._vectors = vectors
        self.fresh_rows: list[Mapping[str, Any]] = []
        self.look = lru_cache(maxsize=4096)(self._look)

    def verdict(self, one: Picture, other: Picture) -> Verdict:
        """Whether the two are alike. Raises OSError when a thumbnail is gone."""
        first, second = sorted((one, other), key=lambda picture: picture.image_id)
        evidence = f"{first.thumbnail} {second.thumbnail} {self._vectors.space}"
        row = self._known.get((first.image_id, second.image_id))
        if row is None or row["evidence"] != evidence:
            row = self._judge(first, second, evidence)
            self.fresh_rows.append(row)
        return Verdict(first, second, bool(row["is_same_picture"]), row)

    def is_blank(self, picture: Picture) -> bool:
        """Whether there is nothing to see."""
        return not has_detail(self.look(picture.thumbnail))

    def _judge(self, first: Picture, second: Picture, evidence: str) -> dict[str, Any]:
        found = compare(self.look(first.thumbnail), self.look(second.thumbnail))
        looks_alike = found.is_alike and is_same_shape(first.size_px, second.size_px)
        ids = first.image_id, second.image_id
        cosine = self._vectors.cosine(*ids) if looks_alike else None
        return {
            "image_id": first.image_id,
            "other_image_id": second.image_id,
            "hash_distance": (int(first.phash, 16) ^ int(second.phash, 16)).bit_count(),
            "difference": round(found.difference, 2),
            "worst_difference": round(found.worst_difference, 2),
            "cosine": cosine,
            "is_same_picture": looks_alike and (cosine is None or cosine >= LEAST_COSINE),
            "evidence": evidence,
        }

    def _look(self, thumbnail: str) -> Any:
        return small_picture(self._root / thumbnail)


def alike_pairs(pictures: Sequence[Picture], judge: Judge) -> Iterator[tuple[Picture, Picture]]:
    """Pairs that show the same, enough of them to connect every group; in landing order."""
    by_hash: dict[str, list[Picture]] = defaultdict(list)
    for picture in pictures:
        by_hash[picture.phash].append(picture)
    leaders: dict[str, list[Picture]] = {}
    for phash, same in by_hash.items():
        leaders[phash] = []
        yield from follow_leaders(same, leaders[phash], judge)
    hashes = list(by_hash)
    firsts, seconds, _ = neighbors(hashes_of(hashes))
    for first, second in zip(firsts.tolist(), seconds.tolist(), strict=True):
        pairs = pairs_of(leaders[hashes[first]], leaders[hashes[second]])
        yield from ((v.first, v.second) for v in verdicts(pairs, judge) if v.is_alike)


def follow_leaders(
    same_hash: Sequence[Picture], leaders: list[Picture], judge: Judge
) -> Iterator[tuple[Picture, Picture]]:
    """Pair each image with the first leader that it is alike to; without one it leads itself."""
    for picture in same_hash:
        for leader in leaders:
            if judge.verdict(leader, picture).is_alike:
                yield leader, picture
                break
        else:
            if len(leaders) < SEVERAL_LEADERS:
                leaders.append(picture)


def pairs_of(
    firsts: Sequence[Picture], seconds: Sequence[Picture]
) -> Iterator[tuple[Picture, Picture]]:
    """Each of the first with each of the second."""
    return ((one, other) for one in firsts for other in seconds)


def verdicts(pairs: Iterable[tuple[Picture, Picture]], judge: Judge) -> Iterator[Verdict]:
    """The verdict on every pair of pictures of the same shape; others need no look."""
    for one, other in pairs:
        if is_same_shape(one.size_px, other.size_px):
            yield judge.verdict(one, other)


def connected(
    pictures: Sequence[Picture], pairs: Iterable[tuple[Picture, Picture]]
) -> list[list[Picture]]:
    """Groups of two and more that the pairs connect, each in the order of ``pictures``."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    places = {picture.image_id: place for place, picture in enumerate(pictures)}
    edges = [(places[one.image_id], places[other.image_id]) for one, other in pairs]
    if not edges:
        return []
    ones = [True] * len(edges)
    graph = coo_array((ones, tuple(zip(*edges, strict=True))), shape=(len(pictures),) * 2)
    _, labels = connected_components(graph, directed=False)
    groups: dict[int, list[Picture]] = defaultdict(list)
    for picture, label in zip(pictures, labels.tolist(), strict=True):
        groups[label].append(picture)
    return [group for group in groups.values() if len(group) > 1]

"""Several ranked lists made one: reciprocal rank fusion.

After Cormack, Clarke and Buettcher, "Reciprocal rank fusion outperforms Condorcet and individual
rank learning methods" (SIGIR 2009): an item's score is the sum over the lists of 1 / (60 + rank).
Scores of different lists (cosines, BM25) need not be comparable. Ours differs in one point: items
with equal scores share a rank, so that a list that cannot tell two images apart does not order
them by chance.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

K = 60
"""From the paper: a lower value would trust first places more."""


@dataclass(frozen=True)
class Hit:
    """One image found by one source: ``score`` is the source's own, higher is better."""

    image_id: str
    score: float


@dataclass(frozen=True)
class Place:
    """An image's place in one source's list: ``rank`` counts from 1, equal scores share it."""

    source: str
    rank: int
    score: float


@dataclass(frozen=True)
class Fused:
    """One image, its fused score, and its places, best first."""

    image_id: str
    score: float
    places: tuple[Place, ...]


def fuse(rankings: Mapping[str, Sequence[Hit]]) -> list[Fused]:
    """The images of all lists, best first; equally good ones in the order of their ids."""
    places: dict[str, list[Place]] = defaultdict(list)
    for source, hits in rankings.items():
        for place, image_id in ranked(source, hits):
            places[image_id].append(place)
    fused = [
        Fused(image_id, sum(1 / (K + place.rank) for place in found), by_rank(found))
        for image_id, found in places.items()
    ]
    return sorted(fused, key=lambda one: (-one.score, one.image_id))


def ranked(source: str, hits: Sequence[Hit]) -> list[tuple[Place, str]]:
    """Each hit with its place; the list is best first."""
    found: list[tuple[Place, str]] = []
    for number, hit in enumerate(hits, 1):
        is_tied = bool(found) and found[-1][0].score == hit.score
        rank = found[-1][0].rank if is_tied else number
        found.append((Place(source, rank, hit.score), hit.image_id))
    return found


def by_rank(places: Sequence[Place]) -> tuple[Place, ...]:
    """The places, best first."""
    return tuple(sorted(places, key=lambda place: place.rank))

"""Several ranked lists made one: reciprocal rank fusion.

After Cormack, Clarke and Buettcher, "Reciprocal rank fusion outperforms Condorcet and individual
rank learning methods" (SIGIR 2009): an item's score is the sum over the lists of 1 / (60 + rank).
Scores of different lists (cosines, BM25) need not be comparable. Ours differs in one point: items
that a list can hardly tell apart share a rank, so that it does not order them by chance; among
items with the same fused score the lists' own scores decide. A list may count less than others.
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


def fuse(
    rankings: Mapping[str, Sequence[Hit]],
    tied_within: Mapping[str, float] | None = None,
    weights: Mapping[str, float] | None = None,
) -> list[Fused]:
    """The images of all lists, best first.

    In a list named in ``tied_within`` scores that differ by less than this share of the best one
    share a rank; in the others only equal ones do. ``weights`` of lists are 1 where none is given.
    """
    counts = weights or {}
    places: dict[str, list[Place]] = defaultdict(list)
    shares: dict[str, float] = defaultdict(float)
    for source, hits in rankings.items():
        best = max((hit.score for hit in hits), default=0.0)
        step = best * (tied_within or {}).get(source, 0.0)
        for place, image_id in ranked(source, hits, step):
            places[image_id].append(place)
            shares[image_id] += place.score / best if best else 0.0
    fused = [
        Fused(
            image_id,
            sum(counts.get(place.source, 1.0) / (K + place.rank) for place in found),
            by_rank(found),
        )
        for image_id, found in places.items()
    ]
    return sorted(fused, key=lambda one: (-one.score, -shares[one.image_id], one.image_id))


def ranked(source: str, hits: Sequence[Hit], step: float) -> list[tuple[Place, str]]:
    """Each hit with its place; the list is best first. A tie begins anew below ``step``."""
    found: list[tuple[Place, str]] = []
    highest = 0.0
    for number, hit in enumerate(hits, 1):
        is_tied = bool(found) and (highest - hit.score < step or hit.score == highest)
        highest = highest if is_tied else hit.score
        rank = found[-1][0].rank if is_tied else number
        found.append((Place(source, rank, hit.score), hit.image_id))
    return found


def by_rank(places: Sequence[Place]) -> tuple[Place, ...]:
    """The places, best first."""
    return tuple(sorted(places, key=lambda place: place.rank))

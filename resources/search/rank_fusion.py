"""Several ranked lists made one: reciprocal rank fusion.

After Cormack, Clarke and Buettcher, "Reciprocal rank fusion outperforms Condorcet and individual
rank learning methods" (SIGIR 2009): an item's score is the sum over the lists of 1 / (60 + rank).
Scores of different lists (cosines, BM25) need not be comparable. Ours differs in one point: items
whose scores in a list hardly differ share a rank, so that it does not order them by chance; among
items with the same fused score the lists' own scores decide. A list may count less than others.
Of a source that a list names several times (its parts) the best one counts.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

K = 60
"""From the paper: a lower value would trust first places more."""


@dataclass(frozen=True)
class Hit:
    """One source in one list: ``score`` is the list's own, higher is better.

    ``part`` says which part of the source was found, such as a region; 0 is the whole.
    """

    source_id: str
    score: float
    part: int = 0


@dataclass(frozen=True)
class ListPlace:
    """A place in the list called ``source``: ``rank`` counts from 1, equal scores share it.

    ``part`` is the best part of what was found there; 0 is the whole.
    """

    source: str
    rank: int
    score: float
    part: int = 0


@dataclass(frozen=True)
class Fused:
    """One source, its fused score, and its places, best first."""

    source_id: str
    score: float
    places: tuple[ListPlace, ...]


def fuse(
    rankings: Mapping[str, Sequence[Hit]],
    tied_within: Mapping[str, float] | None = None,
    weights: Mapping[str, float] | None = None,
) -> list[Fused]:
    """The sources of all lists, best first.

    In a list named in ``tied_within`` scores that differ by less than this share of the best one
    share a rank; in the others only equal ones do. ``weights`` of lists are 1 where none is given.
    """
    counts = weights or {}
    places: dict[str, list[ListPlace]] = defaultdict(list)
    shares: dict[str, float] = defaultdict(float)
    for source, hits in rankings.items():
        best = max((hit.score for hit in hits), default=0.0)
        step = best * (tied_within or {}).get(source, 0.0)
        for place, source_id in ranked(source, best_parts(hits), step):
            places[source_id].append(place)
            shares[source_id] += place.score / best if best else 0.0
    fused = [
        Fused(
            source_id,
            sum(counts.get(place.source, 1.0) / (K + place.rank) for place in found),
            by_rank(found),
        )
        for source_id, found in places.items()
    ]
    return sorted(fused, key=lambda one: (-one.score, -shares[one.source_id], one.source_id))


def best_parts(hits: Iterable[Hit]) -> list[Hit]:
    """The first hit of each source, in the order of ``hits``: of a list that is best first."""
    best: dict[str, Hit] = {}
    for hit in hits:
        best.setdefault(hit.source_id, hit)
    return list(best.values())


def ranked(source: str, hits: Sequence[Hit], step: float) -> list[tuple[ListPlace, str]]:
    """Each hit with its place; the list is best first. A tie begins again below ``step``."""
    found: list[tuple[ListPlace, str]] = []
    highest = 0.0
    for number, hit in enumerate(hits, 1):
        is_tied = bool(found) and (highest - hit.score < step or hit.score == highest)
        highest = highest if is_tied else hit.score
        rank = found[-1][0].rank if is_tied else number
        found.append((ListPlace(source, rank, hit.score, hit.part), hit.source_id))
    return found


def by_rank(places: Sequence[ListPlace]) -> tuple[ListPlace, ...]:
    """The places, best first."""
    return tuple(sorted(places, key=lambda place: place.rank))

"""Pairs of 64-bit hashes that differ in few bits, found without comparing all with all.

Multi-index hashing (Norouzi, Punjani and Fleet, "Fast search in Hamming space", CVPR 2012): of two
hashes at a distance of at most 7, at least one of four 16-bit parts differs in at most one bit. So
only hashes that share such a part are compared: a million hashes take seconds instead of days.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

PARTS = 4
PART_BITS = 16
FARTHEST = 2 * PARTS - 1
"""7 bits: the largest distance at which no pair is missed."""

Pairs = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]
"""First place, second place (larger), distance: arrays of equal length."""


def hashes_of(hexadecimal: list[str]) -> NDArray[np.uint64]:
    """Hashes of 16 hexadecimal digits as numbers."""
    return np.array([int(digits, 16) for digits in hexadecimal], dtype=np.uint64)


def neighbors(hashes: NDArray[np.uint64], at_most: int = FARTHEST) -> Pairs:
    """Every pair of places in ``hashes`` (all different) at a distance of 1 to ``at_most``, once.

    ``at_most`` is at most FARTHEST.
    """
    found = [
        nearer(hashes, first, second, at_most)
        for part in range(PARTS)
        for first, second in sharing_a_part(hashes, part)
    ]
    first, second, distance = (np.concatenate(arrays) for arrays in zip(*found, strict=True))
    _, once = np.unique(first * len(hashes) + second, return_index=True)
    return first[once], second[once], distance[once]


def sharing_a_part(
    hashes: NDArray[np.uint64], part: int
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Pairs whose part of that number is the same or differs in one bit."""
    values = ((hashes >> np.uint64(part * PART_BITS)) & np.uint64(0xFFFF)).astype(np.int64)
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    for mask in (0, *(1 << bit for bit in range(PART_BITS))):
        wanted = values ^ mask
        start = np.searchsorted(ordered, wanted, side="left")
        counts = np.searchsorted(ordered, wanted, side="right") - start
        first = np.repeat(np.arange(len(hashes)), counts)
        within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        second = order[np.repeat(start, counts) + within]
        is_once = first < second
        yield first[is_once], second[is_once]


def nearer(
    hashes: NDArray[np.uint64],
    first: NDArray[np.int64],
    second: NDArray[np.int64],
    at_most: int,
) -> Pairs:
    """Those of the pairs that are near enough, with their distances."""
    distance = np.bitwise_count(hashes[first] ^ hashes[second]).astype(np.int64)
    is_near = (distance <= at_most) & (distance > 0)
    return first[is_near], second[is_near], distance[is_near]

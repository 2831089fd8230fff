"""Justified rows: how many pictures stand in each row, and how large each tile is.

The breaks are chosen for all rows of a piece together (as Knuth and Plass, "Breaking paragraphs
into lines", 1981, choose those of a paragraph): the sum of the squared differences from the wished
height is least. All rows are full, but for the last one of a group if it has few pictures.

Sizes are for the upper bound of a class of page widths. The style sheet shrinks all tiles of a row
by the same factor to the width that there is, so a class serves every page down to the next one.
"""

from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import NamedTuple

WIDTHS = (360, 480, 640, 800, 1000, 1280, 1600, 2000, 2560, 3200)
"""Classes of page widths in CSS px."""

USUAL_WIDTH = 1280
PHONE_WIDTH = 480
GAP = 4
"""Between tiles, in CSS px; the style sheet has the same number."""


class Tile(NamedTuple):
    """One picture's place in a row: its number in the piece, and its size in CSS px."""

    place: int
    width: int
    height: int


def width_class(asked: str | None, *, is_phone: bool = False) -> int:
    """The class that serves this page width; the usual one for what is no number."""
    if asked is None or not asked.isascii() or not asked.isdecimal() or len(asked) > 5:
        return PHONE_WIDTH if is_phone else USUAL_WIDTH
    return next((width for width in WIDTHS if width >= int(asked)), WIDTHS[-1])


def wished_height(width: int) -> int:
    """How high rows should be on a page of this width, in CSS px."""
    if width <= 480:
        return 130
    return 170 if width <= 800 else 210


def justified(ratios: Sequence[float], width: int, *, is_end: bool) -> list[list[Tile]]:
    """Rows for pictures of these ratios (width by height); ``is_end`` where the group ends."""
    wished = wished_height(width)
    breaks = best_breaks(ratios, width, wished, is_end=is_end)
    rows = []
    for start, stop in pairwise(breaks):
        height = full_height(ratios[start:stop], width)
        if stop == len(ratios) and is_end:
            height = min(height, wished)
        elif stop - start == 1:
            height = min(height, wished * 2)
        rows.append(tiles(ratios, start, stop, height, width))
    return rows


def full_height(ratios: Sequence[float], width: int) -> float:
    """The height at which these tiles fill a row."""
    return float((width - GAP * (len(ratios) - 1)) / sum(ratios))


def best_breaks(ratios: Sequence[float], width: int, wished: int, *, is_end: bool) -> list[int]:
    """The indices at which rows begin, and the number of pictures."""
    total = len(ratios)
    sums = [0.0, *accumulate(ratios)]
    costs = [0.0] + [float("inf")] * total
    before = [0] * (total + 1)
    for stop in range(1, total + 1):
        for start in range(stop - 1, -1, -1):
            room = width - GAP * (stop - start - 1)
            height = room / (sums[stop] - sums[start])
            is_loose = is_end and stop == total and height > wished
            cost = costs[start] + (0.0 if is_loose else (height / wished - 1) ** 2)
            if cost < costs[stop]:
                costs[stop], before[stop] = cost, start
            if height < wished / 2 and start < stop - 1:
                break
    breaks = [total]
    while breaks[-1] > 0:
        breaks.append(before[breaks[-1]])
    return breaks[::-1]


def tiles(ratios: Sequence[float], start: int, stop: int, height: float, width: int) -> list[Tile]:
    """One row; widths are rounded so that together they fill what the exact ones fill."""
    edges = [
        round(edge) for edge in accumulate((height * r for r in ratios[start:stop]), initial=0)
    ]
    room = width - GAP * (stop - start - 1)
    if 0 < room - edges[-1] <= 2 or edges[-1] > room:
        edges[-1] = room
    return [
        Tile(place, max(1, right - left), max(1, round(height)))
        for place, (left, right) in zip(range(start, stop), pairwise(edges), strict=True)
    ]

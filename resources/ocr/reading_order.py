"""Reading order of lines found on a page: which belong together, and what is read first.

Pieces of one row are joined, lines that follow each other become blocks, narrow blocks that stand
row by row beside another (prices, table cells) join its rows, and the blocks are ordered by a
recursive X-Y cut (Nagy and Seth, 1984): columns first, left to right, then bands, top to bottom.
Only geometry decides; scripts that run from right to left are not handled.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from math import inf
from statistics import median

SAME_ROW = 0.6
"""Share of the lower piece's height that two pieces of one row have in common."""

WORD_GAP = 1.0
"""Widest gap between two pieces of one row, in line heights: gutters of columns are wider."""

LINE_GAP = 1.0
"""Widest gap between two lines of a block, in line heights: paragraphs stand further apart."""

SAME_SIZE = 1.7
"""Largest ratio between the heights of two lines of a block: a headline is a block of its own."""

NARROW = 6.0
"""Widest cell of a table's column, in line heights; no column of prose is as narrow."""

ALIGNED = 0.8
"""Share of a narrow block's lines that must stand beside a line of its neighbor."""

MARGIN = 0.15
"""Detectors draw boxes too wide by about this much on each side, in line heights."""


@dataclass(frozen=True)
class Box:
    """A rectangle in px, top-left origin; ``right`` and ``bottom`` are outside of it."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        """Px from left to right."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """Px from top to bottom."""
        return self.bottom - self.top

    def __or__(self, other: "Box") -> "Box":
        return Box(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )


LinePieces = tuple[int, ...]
"""Places of the pieces of one line, left to right."""

BlockPieces = tuple[LinePieces, ...]
"""Lines of one block, top to bottom."""


def reading_order(boxes: Sequence[Box]) -> list[BlockPieces]:
    """The blocks of a page in reading order; numbers are places in ``boxes``, each exactly once."""
    rows = joined_rows(boxes)
    blocks = stacked(rows, boxes)
    return ordered(with_cells(blocks, boxes), boxes)


def extent(places: Iterable[int], boxes: Sequence[Box]) -> Box:
    """The smallest box around some of the boxes."""
    return reduce(Box.__or__, (boxes[place] for place in places))


def block_extent(block: BlockPieces, boxes: Sequence[Box]) -> Box:
    """The smallest box around a block."""
    return extent((place for row in block for place in row), boxes)


def joined_rows(boxes: Sequence[Box]) -> list[LinePieces]:
    """Pieces that stand close beside each other, as one line each; lines by their top edge."""
    rows: list[LinePieces] = []
    for place in sorted(range(len(boxes)), key=lambda place: boxes[place].left):
        beside = [row for row in rows if continues(boxes[row[-1]], boxes[place])]
        nearest = max(beside, key=lambda row: boxes[row[-1]].right, default=None)
        if nearest is None:
            rows.append((place,))
        else:
            rows[rows.index(nearest)] = (*nearest, place)
    return sorted(rows, key=lambda row: extent(row, boxes).top)


def continues(one: Box, other: Box) -> bool:
    """Whether ``other`` goes on where ``one`` ends, in the same row."""
    gap = other.left - one.right
    size = min(one.height, other.height)
    return is_beside(one, other) and -size <= gap <= WORD_GAP * size


def is_beside(one: Box, other: Box) -> bool:
    """Whether two boxes share their row."""
    common = min(one.bottom, other.bottom) - max(one.top, other.top)
    return common >= SAME_ROW * min(one.height, other.height)


def stacked(rows: Sequence[LinePieces], boxes: Sequence[Box]) -> list[BlockPieces]:
    """Lines that follow each other, as blocks; ``rows`` are by their top edge.

    A line over two that stand side by side (a headline over columns) begins no block with either,
    nor does a line under two.
    """
    extents = [extent(row, boxes) for row in rows]
    below = {place: neighbors_below(place, extents) for place in range(len(rows))}
    above = Counter(lower for found in below.values() for lower in found)
    upper_of = {
        found[0]: upper
        for upper, found in below.items()
        if len(found) == 1 and above[found[0]] == 1
    }
    chains: dict[int, list[LinePieces]] = {}
    first_of: dict[int, int] = {}
    for place, row in enumerate(rows):
        upper = upper_of.get(place)
        first_of[place] = place if upper is None else first_of[upper]
        chains.setdefault(first_of[place], []).append(row)
    return [tuple(chain) for chain in chains.values()]


def neighbors_below(place: int, extents: Sequence[Box]) -> list[int]:
    """The lines right below one, of its size: the nearest, and those that share its row."""
    upper = extents[place]
    reach = upper.bottom + LINE_GAP * upper.height
    found: list[int] = []
    for other in range(place + 1, len(extents)):
        if extents[other].top > reach:
            break
        if follows(upper, extents[other]):
            found.append(other)
    return [other for other in found if is_beside(extents[found[0]], extents[other])]


def follows(upper: Box, lower: Box) -> bool:
    """Whether ``lower`` may be the next line of the block that ``upper`` belongs to."""
    size = min(upper.height, lower.height)
    gap = lower.top - upper.bottom
    common = min(upper.right, lower.right) - max(upper.left, lower.left)
    return (
        -0.5 * size <= gap <= LINE_GAP * size
        and max(upper.height, lower.height) <= SAME_SIZE * size
        and common >= 0.5 * min(upper.width, lower.width)
    )


def with_cells(blocks: Sequence[BlockPieces], boxes: Sequence[Box]) -> list[BlockPieces]:
    """The blocks, with the columns of a table joined row by row."""
    kept: list[BlockPieces] = []
    for block in sorted(blocks, key=lambda block: block_extent(block, boxes).left):
        hosts = [host for host in kept if is_table(host, block, boxes)]
        if hosts:
            host = max(hosts, key=lambda host: block_extent(host, boxes).right)
            kept[kept.index(host)] = beside_each_other(host, block, boxes)
        else:
            kept.append(block)
    return kept


def is_table(left: BlockPieces, right: BlockPieces, boxes: Sequence[Box]) -> bool:
    """Whether two blocks stand side by side, the narrower one row by row beside the other."""
    if block_extent(left, boxes).right > block_extent(right, boxes).left:
        return False
    cells, host = sorted(
        ([extent(row, boxes) for row in block] for block in (left, right)), key=width_in_heights
    )
    partners = sum(any(is_beside(row, cell) for row in host) for cell in cells)
    return len(cells) > 1 and width_in_heights(cells) <= NARROW and partners >= ALIGNED * len(cells)


def width_in_heights(lines: Sequence[Box]) -> float:
    """How wide the lines of a block are, in line heights."""
    return median(box.width / max(box.height, 1.0) for box in lines)


def beside_each_other(host: BlockPieces, cells: BlockPieces, boxes: Sequence[Box]) -> BlockPieces:
    """One block with the rows of both: a cell ends the row that it stands beside."""
    rows = list(host)
    for cell in cells:
        box = extent(cell, boxes)
        partner = next((row for row in rows if is_beside(extent(row, boxes), box)), None)
        if partner is None:
            rows.append(cell)
        else:
            rows[rows.index(partner)] = (*partner, *cell)
    return tuple(sorted(rows, key=lambda row: extent(row, boxes).top))


def ordered(blocks: Sequence[BlockPieces], boxes: Sequence[Box]) -> list[BlockPieces]:
    """Blocks in reading order: cut into columns where that is possible, else into bands."""
    extents = {block: block_extent(block, boxes) for block in blocks}
    size = min((box.height / len(block) for block, box in extents.items()), default=0.0)
    across = {block: (box.left, box.right) for block, box in extents.items()}
    down = {block: (box.top, box.bottom) for block, box in extents.items()}
    for edges in (across, down):
        parts = cut(edges, MARGIN * size)
        if len(parts) > 1:
            return [block for part in parts for block in ordered(part, boxes)]
    return sorted(blocks, key=lambda block: (extents[block].top, extents[block].left))


def cut(edges: Mapping[BlockPieces, tuple[float, float]], margin: float) -> list[list[BlockPieces]]:
    """The blocks in groups with a gap between them; ``edges`` are their ends in one direction."""
    groups: list[list[BlockPieces]] = []
    reached = -inf
    for block in sorted(edges, key=lambda block: edges[block]):
        low, high = edges[block]
        if low + margin >= reached - margin:
            groups.append([])
        groups[-1].append(block)
        reached = max(reached, high)
    return groups

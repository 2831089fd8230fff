"""The order of all pictures of a view, and its division into blocks, made once per published file.

A million pictures are three arrays of 20 MB; what a block shows is read when it is shown. A block
is a fixed count of pictures (about BLOCK), made of whole groups, or of an equal part of a large
one: so it does not depend on where somebody came from.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from resources.warehouse.published_file import PublishedFile
from web.gallery.grid.view import SORTS, View

BLOCK = 60
"""Pictures that are asked for at a time."""

PER_DAY = 8
PER_MONTH = 4
"""Pictures per heading below which the next larger unit of time is the heading."""

LEAST_RATIO = 0.4
LARGEST_RATIO = 3.0
"""Width by height of a tile; what is narrower or wider is shown cut."""

ORDER = """
select
    rowid as row,
    epoch_us(moment) as moment,
    least(greatest(coalesce(width_px / nullif(height_px, 0), 1), {least}), {largest})::float
        as ratio,
    {part} as part
from (select *, rowid, {moment} as moment from images where {condition})
order by {order}
"""
DATE = re.compile(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?")
EPOCH = np.datetime64(0, "us")
Numbers = npt.NDArray[np.int64]


class Piece(NamedTuple):
    """Pictures ``start`` to ``stop`` of one group, which begins at ``group_start``."""

    start: int
    stop: int
    group_start: int
    group_stop: int


@dataclass(frozen=True, eq=False)
class Order:
    """``rows`` are row numbers of ``images``, ``moments`` microseconds since 1970 (UTC or local).

    ``unit`` is what headings name: day, month, year, batch or none. ``starts`` are the positions
    at which groups begin, ``blocks`` those at which blocks begin; both end with the total.
    """

    rows: Numbers
    moments: Numbers
    ratios: npt.NDArray[np.float32]
    unit: str
    starts: Numbers
    blocks: Numbers
    is_descending: bool

    def __len__(self) -> int:
        return len(self.rows)

    def block_at(self, position: int) -> tuple[int, int]:
        """Where the block with this position begins and ends."""
        number = int(np.searchsorted(self.blocks, position, side="right")) - 1
        number = max(0, min(number, len(self.blocks) - 2))
        return int(self.blocks[number]), int(self.blocks[number + 1])

    def pieces(self, start: int, stop: int) -> Iterator[Piece]:
        """The parts of groups between two positions."""
        group = int(np.searchsorted(self.starts, start, side="right")) - 1
        while start < stop:
            first, end = int(self.starts[group]), int(self.starts[group + 1])
            yield Piece(start, min(end, stop), first, end)
            start, group = end, group + 1

    def position_of_row(self, row: int) -> int | None:
        """Where the picture with this row number stands, None when it is in no such view."""
        found = np.flatnonzero(self.rows == row)
        return int(found[0]) if len(found) else None

    def position_of_date(self, text: str) -> int | None:
        """Where the pictures of ``2024``, ``2024-05`` or ``2024-05-14`` begin; None for no date.

        Without any of that date, where they would stand.
        """
        if (period := period_of(text)) is None or not len(self):
            return None
        first, after = period
        found = (
            np.searchsorted(-self.moments, -after, side="right")
            if self.is_descending
            else np.searchsorted(self.moments, first, side="left")
        )
        return min(int(found), len(self) - 1)

    @cached_property
    def months(self) -> list[tuple[str, int]]:
        """Each month as ``2024-05`` with the position of its first picture, in order."""
        months = self.moments.astype("datetime64[us]").astype("datetime64[M]")
        firsts = [0, *(np.flatnonzero(months[1:] != months[:-1]) + 1)] if len(self) else []
        return [(str(months[first]), int(first)) for first in firsts]


def order_of(published: PublishedFile, view: View) -> Order:
    """The order of a view: ``published.remembered(order_of, view)``."""
    sort = SORTS[view.sort]
    condition, values = view.condition
    by_batch = view.group == "batch"
    sql = ORDER.format(
        least=LEAST_RATIO,
        largest=LARGEST_RATIO,
        part="dense_rank() over (order by batch)" if by_batch else "0",
        moment=sort.moment or "landed_at::timestamp",
        condition=condition,
        order=f"batch, {sort.order}" if by_batch else sort.order,
    )
    found = published.arrays(sql, values)
    moments = whole(found["moment"])
    unit = unit_of(view, moments)
    starts = group_starts(moments, whole(found["part"]), unit)
    return Order(
        whole(found["row"]),
        moments,
        np.asarray(np.ma.filled(found["ratio"], 1.0), np.float32),
        unit,
        starts,
        block_starts(starts),
        sort.is_descending,
    )


def whole(column: npt.NDArray[Any]) -> Numbers:
    """A column of whole numbers, 0 where there is none."""
    return np.asarray(np.ma.filled(column, 0), np.int64)


def unit_of(view: View, moments: Numbers) -> str:
    """What headings name; with ``auto`` the smallest unit of time that has several pictures."""
    is_dated = SORTS[view.sort].moment is not None
    if view.group == "batch":
        return "batch"
    if view.group == "none" or not is_dated:
        return "none"
    if view.group != "auto":
        return view.group
    total = max(len(moments), 1)
    if total >= PER_DAY * changes(moments, "D"):
        return "day"
    return "month" if total >= PER_MONTH * changes(moments, "M") else "year"


def changes(moments: Numbers, unit: str) -> int:
    """How many days (D), months (M) or years (Y) follow each other."""
    units = moments.astype("datetime64[us]").astype(f"datetime64[{unit}]")
    return int(np.count_nonzero(units[1:] != units[:-1])) + 1


def group_starts(moments: Numbers, parts: Numbers, unit: str) -> Numbers:
    """The positions at which groups begin, and the total."""
    total = len(moments)
    if unit == "none" or not total:
        return np.array([0, total])
    codes = {"day": "D", "month": "M", "year": "Y"}
    keys: npt.NDArray[Any] = (
        parts if unit == "batch" else moments.astype("datetime64[us]").astype(f"M8[{codes[unit]}]")
    )
    return np.concatenate([[0], np.flatnonzero(keys[1:] != keys[:-1]) + 1, [total]])


def block_starts(starts: Numbers) -> Numbers:
    """The positions at which blocks begin, and the total: small groups together, large ones cut."""
    found = [0]
    for first, end in zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True):
        parts = max(1, round((end - first) / BLOCK))
        if first - found[-1] >= BLOCK or (parts > 1 and first > found[-1]):
            found.append(first)
        found += [first + (end - first) * part // parts for part in range(1, parts)]
    return np.array([*found, int(starts[-1])])


def period_of(text: str) -> tuple[int, int] | None:
    """The first microsecond of a year, month or day, and of the next; None for anything else."""
    if DATE.fullmatch(text) is None:
        return None
    try:
        first = np.datetime64(text)  # of years, months or days, as it is written
    except ValueError:
        return None
    return microseconds(first), microseconds(first + 1)


def microseconds(moment: np.datetime64) -> int:
    """Since 1970."""
    return int((moment.astype("datetime64[us]") - EPOCH).astype(np.int64))


def moment_of(microseconds_since_1970: int) -> datetime:
    """The moment as Python has it."""
    return datetime.fromtimestamp(microseconds_since_1970 / 1e6, UTC)

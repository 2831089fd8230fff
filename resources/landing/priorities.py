"""How urgent each batch is: what was said of it, else what its landing root says.

``media add --priority`` says it in an event of the batch before it copies the files in.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import get_args

import polars as pl

from resources.configuration.priority_names import Priority
from resources.configuration.settings import Settings
from resources.rows.row_store import RowStore
from resources.sources.source_rows import BATCH_EVENT, PRIORITY, BatchEventRow, append

BatchPlace = tuple[str, str]
"""A root's name and a batch of it."""

Rank = Callable[[str, str], int]
"""The place of a batch, by its root and name, among others: the lowest goes first."""

BY_URGENCY: tuple[Priority, ...] = get_args(Priority)


def as_they_came(_root: str, _batch: str) -> int:
    """The rank of batches of which none is urgent."""
    return 0


def set_priority(rows: RowStore, root: str, batch: str, priority: Priority) -> None:
    """Note how urgent a batch is, whether its files are there already or not."""
    rows.declare(BATCH_EVENT)
    event = BatchEventRow(batch, root, PRIORITY, priority, datetime.now(UTC))
    append(rows, BATCH_EVENT, [event], run_id="priority")


def said_priorities(rows: RowStore) -> dict[BatchPlace, Priority]:
    """What was said last of each batch of which something was said."""
    said = rows.scan(BATCH_EVENT.name).filter(pl.col("event") == PRIORITY).collect()
    found = said.sort("at", "_seq").select("root", "batch", "detail").iter_rows()
    return {(root, batch): word for root, batch, word in found if word in BY_URGENCY}


def priority_of(
    root: str, batch: str, said: Mapping[BatchPlace, Priority], settings: Settings
) -> Priority:
    """How urgent a batch is; standard when its root is not in the settings any more."""
    of_root = {one.name: one.priority for one in settings.roots}
    return said.get((root, batch)) or of_root.get(root, "standard")


def rank_of(priority: Priority) -> int:
    """0 for what is most urgent."""
    return BY_URGENCY.index(priority)

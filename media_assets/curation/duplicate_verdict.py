"""Verdicts: what people say of a group of duplicates. Appended to, and nothing is ever deleted.

A verdict is about one picture in its group. A group whose pictures all have one is decided; a new
copy in it has none, so the group is asked about again. A picture that is ``different`` takes no
part in its group any more.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum

import polars as pl

from resources.rows.row_store import RowStore
from resources.rows.table import Table


class Verdict(StrEnum):
    """``same``: keep all copies. ``keep_best``: one is enough. ``undecided`` takes it back."""

    SAME = "same"
    DIFFERENT = "different"
    KEEP_BEST = "keep_best"
    UNDECIDED = "undecided"


@dataclass(frozen=True)
class DuplicateVerdict:
    """What one person says of one picture of a group; ``best_id`` is the copy to keep, if one."""

    image_id: str
    tier: str
    group_id: str
    verdict: Verdict
    best_id: str | None
    decided_by: str


DUPLICATE_VERDICT = Table(
    "curation/duplicate_verdict",
    pl.Schema(
        {
            "image_id": pl.String(),
            "tier": pl.String(),
            "group_id": pl.String(),
            "verdict": pl.String(),
            "best_id": pl.String(),
            "decided_by": pl.String(),
            "decided_at": pl.Datetime("us", "UTC"),
        }
    ),
    ("image_id", "tier", "group_id"),
    "What people say of pictures in groups of duplicates: same, different, keep_best, or undecided "
    "again. Written by the page Duplicates; nothing is deleted because of it.",
)


def decide(store: RowStore, verdicts: Sequence[DuplicateVerdict]) -> None:
    """Append the verdicts in one commit: all of them are said, or none."""
    store.declare(DUPLICATE_VERDICT)
    now = datetime.now(UTC)
    rows = [{**asdict(one), "decided_at": now} for one in verdicts]
    frame = pl.DataFrame(rows, schema=DUPLICATE_VERDICT.schema)
    producer = {"made_by": "human"}
    store.append(DUPLICATE_VERDICT.name, frame, run_id="verdict", producer=producer)


def verdicts_of(
    store: RowStore, image_ids: Sequence[str]
) -> dict[tuple[str, str, str], tuple[str, str]]:
    """(tier, group id, image id) -> the newest verdict of these pictures, and who said it."""
    store.declare(DUPLICATE_VERDICT)
    found = store.current(DUPLICATE_VERDICT.name, image_ids).iter_rows(named=True)
    return {
        (row["tier"], row["group_id"], row["image_id"]): (row["verdict"], row["decided_by"])
        for row in found
    }

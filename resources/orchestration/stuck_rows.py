"""Which runs and batches are stuck, as rows: noted when it begins, and again when it is over."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import UTC, datetime

import polars as pl

from resources.rows.row_store import RowStore
from resources.rows.table import Table

RUN, BATCH = "run", "batch"

STUCK_WORK = Table(
    "ingest/stuck_work",
    pl.Schema(
        {
            "kind": pl.String(),
            "name": pl.String(),
            "batch": pl.String(),
            "why": pl.String(),
            "since": pl.Datetime("us", "UTC"),
            "noted_at": pl.Datetime("us", "UTC"),
            "is_over": pl.Boolean(),
        }
    ),
    ("kind", "name"),
    "Runs and batches that made no progress for longer than stuck_minutes, and why. Written by the "
    "schedule stuck_work while the service runs.",
)


@dataclass(frozen=True)
class Stuck:
    """One run or batch; ``since`` is when it last made progress."""

    kind: str
    name: str
    batch: str | None
    why: str
    since: datetime


def stuck_now(rows: RowStore) -> list[Stuck]:
    """What was stuck at the last look, the longest first."""
    rows.declare(STUCK_WORK)
    every = rows.scan(STUCK_WORK.name).collect().sort("_seq", "_row")
    newest = every.unique(STUCK_WORK.key, keep="last").filter(~pl.col("is_over"))
    names = [field.name for field in fields(Stuck)]
    return [
        Stuck(**row)
        for row in newest.sort("since", "kind", "name").select(names).iter_rows(named=True)
    ]


def note_stuck(rows: RowStore, found: Iterable[Stuck]) -> list[Stuck]:
    """Commit what is stuck and was not before, and what is no longer; return the former."""
    now = datetime.now(UTC)
    before = {(one.kind, one.name): one for one in stuck_now(rows)}
    still = {(one.kind, one.name): one for one in found}
    new = [one for key, one in still.items() if key not in before]
    over = [one for key, one in before.items() if key not in still]
    noted = [{**vars(one), "noted_at": now, "is_over": False} for one in new]
    noted += [{**vars(one), "noted_at": now, "is_over": True} for one in over]
    if noted:
        frame = pl.DataFrame(noted, schema=STUCK_WORK.schema)
        rows.append(STUCK_WORK.name, frame, run_id="stuck", producer={"made_by": "upkeep"})
    return new

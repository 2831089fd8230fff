"""Sources whose run a person canceled: nothing works on them by itself until a person lifts it.

A row holds a source's derivatives from the cancellation on. A result that is newer lifts it, and
such a result comes only of what a person asks for: media retry, media reprocess, Materialize.
"""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime

import polars as pl

from resources.rows.row_store import RowStore
from resources.rows.table import Table

HELD_SOURCE = Table(
    "ingest/held_source",
    pl.Schema(
        {
            "source_id": pl.String(),
            "assets": pl.List(pl.String()),
            "run_id": pl.String(),
            "at": pl.Datetime("us", "UTC"),
        }
    ),
    ("source_id",),
    "Sources whose run a person canceled, with the derivatives that wait for media retry.",
)


def hold(
    store: RowStore, source_ids: Sequence[str], assets: Collection[str], *, run_id: str
) -> None:
    """Commit that these derivatives of the sources wait for a person."""
    now = datetime.now(UTC)
    rows = [
        {"source_id": source_id, "assets": sorted(assets), "run_id": run_id, "at": now}
        for source_id in source_ids
    ]
    store.declare(HELD_SOURCE)
    if rows:
        frame = pl.DataFrame(rows, schema=HELD_SOURCE.schema)
        store.append(HELD_SOURCE.name, frame, run_id=run_id, producer={"made_by": "cancellation"})

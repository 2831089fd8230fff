"""What people ask to have tried again: from then on its tries are counted anew.

Without such a row a result that has failed too often stays dead (``gaps.gap``), unless its code,
model or input becomes another one.
"""

from collections.abc import Iterable
from datetime import UTC, datetime

import polars as pl

from resources.rows.row_store import RowStore
from resources.rows.table import Table

RETRY_REQUEST = Table(
    "curation/retry_request",
    pl.Schema(
        {
            "source_id": pl.String(),
            "asset": pl.String(),
            "asked_by": pl.String(),
            "asked_at": pl.Datetime("us", "UTC"),
        }
    ),
    ("source_id", "asset"),
    "When a person last asked to have a failed result tried again. Written by media retry and the "
    "page of failures.",
)


def ask_again(store: RowStore, results: Iterable[tuple[str, str]], *, by: str) -> None:
    """Commit that a person wants these (source id, derivative) tried again."""
    store.declare(RETRY_REQUEST)
    now = datetime.now(UTC)
    rows = [(source_id, asset, by, now) for source_id, asset in results]
    if rows:
        frame = pl.DataFrame(rows, schema=RETRY_REQUEST.schema, orient="row")
        store.append(RETRY_REQUEST.name, frame, run_id="retry", producer={"made_by": "human"})

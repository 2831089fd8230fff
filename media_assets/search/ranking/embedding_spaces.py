"""Which embedding space answers searches, where a person has decided it.

By itself search moves to a new model's space once that covers as many images as the old one (see
``serving_space``). A person may move it earlier, or back; that choice is a row and holds until it
is taken back.
"""

from datetime import UTC, datetime

import polars as pl

from resources.rows.row_store import RowStore
from resources.rows.table import Table

SERVING_SPACE = Table(
    "curation/serving_space",
    pl.Schema(
        {
            "kind": pl.String(),
            "space": pl.String(),
            "chosen_by": pl.String(),
            "chosen_at": pl.Datetime("us", "UTC"),
        }
    ),
    ("kind",),
    "Which embedding space answers searches, where a person has decided it. Written by media "
    "models use.",
)


def choose_space(store: RowStore, kind: str, space: str | None, *, chosen_by: str) -> None:
    """Let ``space`` answer searches by ``kind`` ("embedding", ...); None lets it follow by itself.

    It takes effect with the next publication and refresh of the index.
    """
    store.declare(SERVING_SPACE)
    row = {"kind": kind, "space": space, "chosen_by": chosen_by, "chosen_at": datetime.now(UTC)}
    store.append(
        SERVING_SPACE.name,
        pl.DataFrame([row], schema=SERVING_SPACE.schema),
        run_id="",
        producer={"made_by": chosen_by},
    )

"""What a query of a test finds, as a frame, from this process."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from resources.warehouse.own_query import own_rows
from resources.warehouse.result_frames import frame_of


def own_query(
    database: Path, sql: str, *, values: Sequence[object] = (), readable: Path | None = None
) -> pl.DataFrame:
    return frame_of(own_rows(database, sql, values=values, readable=readable))

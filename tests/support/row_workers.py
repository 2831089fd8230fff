"""Processes that the kill test runs and kills: ``python row_workers.py <role> <home> <number>``."""

import itertools
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import polars as pl

from resources.configuration.media_home import MediaHome
from resources.rows.compaction import compact
from resources.rows.row_store import RowStore
from resources.rows.table import Table
from resources.warehouse.database_file import reading
from resources.warehouse.publication import Came, publish

TABLE = "image/caption"
ROWS_PER_BATCH = 25
SCHEMA = pl.Schema({"image_id": pl.String(), "batch": pl.String(), "number": pl.Int64()})
HALF_BATCHES = "select count(*) from (from batch_sizes where size != 25)"


def declare(home: MediaHome) -> RowStore:
    """The store with the one table that the workers use."""
    store = RowStore(home.rows)
    store.declare(Table(TABLE, SCHEMA, ("image_id",), "A table of this test."))
    return store


def build(connection: duckdb.DuckDBPyConnection, _: Came | None) -> None:
    """A model over every row ever written."""
    connection.execute(
        "create or replace table batch_sizes as "
        "select batch, count(*) as size from image_history.caption group by batch"
    )


def write(home: MediaHome, worker: str) -> Iterator[str]:
    """Commit batches forever; a line is printed once the batch is acknowledged."""
    store = declare(home)
    for count in itertools.count():
        batch = f"{worker}-{count}"
        ids = [f"image-{(count * 7 + row) % 400}" for row in range(ROWS_PER_BATCH)]
        frame = pl.DataFrame(
            {"image_id": ids, "batch": [batch] * ROWS_PER_BATCH, "number": range(ROWS_PER_BATCH)}
        )
        store.append(TABLE, frame, run_id=worker, producer={})
        yield batch


def fold(home: MediaHome, _: str) -> Iterator[str]:
    """Compact forever."""
    store = declare(home)
    while True:
        yield str(compact(store, TABLE, min_commits=4, max_bases=3))


def publish_again(home: MediaHome, _: str) -> Iterator[str]:
    """Publish forever."""
    store = declare(home)
    while True:
        yield str(publish(home, store, build).new_batches)


def read(home: MediaHome, _: str) -> Iterator[str]:
    """Open media.duckdb forever; print how many half batches it shows."""
    while True:
        with reading(home.warehouse) as connection:
            yield str(connection.execute(HALF_BATCHES).fetchall()[0][0])


ROLES = {"write": write, "fold": fold, "publish": publish_again, "read": read}

if __name__ == "__main__":
    role, root, number = sys.argv[1:]
    for line in ROLES[role](MediaHome(Path(root)), number):
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()

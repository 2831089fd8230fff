"""The row store against a model: whatever is appended, folded, published or damaged, in any order.

The model is a list of rows. Stored rows, live views and media.duckdb must all tell the same.
"""

import tempfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import duckdb
import polars as pl
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from resources.configuration.media_home import MediaHome
from resources.rows.compaction import compact
from resources.rows.row_store import RowStore
from resources.rows.table import Table
from resources.warehouse.database_file import reading
from resources.warehouse.live_views import open_live
from resources.warehouse.publication import Came, publish, unpublished_tables

TABLE = "image/size"
KEYS = tuple("abcde")
COLUMNS = ("width_px", "height_px", "depth_px")
CACHES = ("warehouse", "live")
ROWS = st.tuples(st.sampled_from(KEYS), st.integers(0, 9))
NOW = timedelta(0)
AN_HOUR = timedelta(hours=1)

Row = tuple[str | int | None, ...]


class PublicationEnded(Exception):
    """Thrown into a publication, half-way."""


def no_models(connection: duckdb.DuckDBPyConnection, came: Came | None = None) -> None:
    """Publish the base layer alone."""
    del connection, came


def break_off(connection: duckdb.DuckDBPyConnection, came: Came | None) -> None:
    """End a publication before it has taken its place."""
    del connection, came
    raise PublicationEnded


class RowStoreMachine(RuleBasedStateMachine):
    """One table. ``written`` holds its rows in order: key, then as many columns as there were."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.home = MediaHome(Path(self.folder.name))
        self.home.create()
        self.store = RowStore(self.home.rows)
        self.columns = 1
        self.written: list[Row] = []
        self.declare()

    def teardown(self) -> None:
        self.folder.cleanup()

    def declare(self) -> None:
        wide = {name: pl.Int64() for name in COLUMNS[: self.columns]}
        self.store.declare(
            Table(TABLE, pl.Schema({"image_id": pl.String(), **wide}), ("image_id",), "Of a test.")
        )

    @rule(
        rows=st.lists(st.tuples(st.sampled_from(KEYS), st.integers(0, 9)), min_size=1, max_size=4)
    )
    def append(self, rows: list[tuple[str, int]]) -> None:
        new = [(key, *(value + n for n in range(self.columns))) for key, value in rows]
        frame = pl.DataFrame(new, schema=["image_id", *COLUMNS[: self.columns]], orient="row")
        self.store.append(TABLE, frame, run_id="run", producer={})
        self.written += new

    @precondition(lambda self: self.columns < len(COLUMNS))
    @rule()
    def widen(self) -> None:
        """A later version adds a column; older rows have null there."""
        self.columns += 1
        self.declare()

    @rule(grace=st.sampled_from([NOW, AN_HOUR]), commits=st.sampled_from([1, 3]))
    def fold(self, grace: timedelta, commits: int) -> None:
        compact(self.store, TABLE, min_commits=commits, max_bases=2, grace=grace)

    @rule()
    def another_process_looks(self) -> None:
        self.store = RowStore(self.home.rows)

    @rule()
    def publish(self) -> None:
        publish(self.home, self.store, no_models)
        assert unpublished_tables(self.home, self.store) == frozenset()
        with reading(self.home.warehouse) as connection:
            self.check(connection)

    @rule()
    def publication_is_broken_off(self) -> None:
        before = self.home.warehouse.read_bytes() if self.home.warehouse.exists() else None
        with pytest.raises(PublicationEnded):
            publish(self.home, self.store, break_off)
        after = self.home.warehouse.read_bytes() if self.home.warehouse.exists() else None
        assert after == before
        assert not list(self.home.root.glob(".media.duckdb.*"))

    @precondition(lambda self: self.home.warehouse.exists() and self.home.live.exists())
    @rule(
        keep=st.floats(0, 0.99),
        is_zeroed=st.booleans(),
        name=st.sampled_from(["warehouse", "live"]),
    )
    def machine_stops_half_way(self, keep: float, is_zeroed: bool, name: str) -> None:
        """The newest file of a cache is cut, and perhaps filled up with zeros."""
        path: Path = getattr(self.home, name)
        size = path.stat().st_size
        with path.open("r+b") as file:
            file.truncate(int(size * keep))
            if is_zeroed:
                file.truncate(size)

    @rule()
    def look_live(self) -> None:
        with open_live(self.home, self.store, no_models, "1") as connection:
            self.check(connection)

    @invariant()
    def every_row_is_there_once(self) -> None:
        rows = self.store.scan(TABLE).unique(["_seq", "_row"]).sort("_seq", "_row").collect()
        assert rows.select("image_id", *COLUMNS[: self.columns]).rows() == self.told(self.written)

    @invariant()
    def the_newest_row_counts(self) -> None:
        current = self.store.current(TABLE, KEYS).sort("image_id")
        columns = ["image_id", *COLUMNS[: self.columns]]
        assert current.select(columns).rows() == self.told(self.newest())

    def newest(self) -> list[Row]:
        return sorted({row[0]: row for row in self.written}.values(), key=lambda row: str(row[0]))

    def told(self, rows: list[Row]) -> list[Row]:
        """Rows with null in the columns that came after them."""
        return [row + (None,) * (1 + self.columns - len(row)) for row in rows]

    def check(self, connection: duckdb.DuckDBPyConnection) -> None:
        columns = ", ".join(["image_id", *COLUMNS[: self.columns]])
        asked: Callable[[str], list[Row]] = lambda sql: connection.execute(sql).fetchall()  # noqa: E731
        history = f"select {columns} from image_history.size order by _seq, _row"
        current = f"select {columns} from image.size order by image_id"
        assert asked(history) == self.told(self.written)
        assert asked(current) == self.told(self.newest())


RowStoreMachine.TestCase.settings = settings(
    max_examples=12, stateful_step_count=14, derandomize=True, deadline=None, database=None
)
TestRowStore = RowStoreMachine.TestCase

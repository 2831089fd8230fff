"""The tables that a user's SQL may read, opened inside the process that runs it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from resources.warehouse.database_file import reading


def nothing_to_make(_: str) -> None:
    """For files, which hold all of their tables."""


@dataclass(frozen=True)
class UserTables:
    """A connection whose default database is ``media``, not yet locked down.

    Views may read below ``readable``. Tables that are made only when asked for are made by
    ``make_mentioned`` (called with the SQL), and by ``make_all`` when a query misses one.
    """

    connection: duckdb.DuckDBPyConnection
    readable: Path | None = None
    make_mentioned: Callable[[str], None] = nothing_to_make
    make_all: Callable[[], None] | None = None


@contextmanager
def open_file(database: str, readable: str | None = None) -> Iterator[UserTables]:
    """The tables of one file. Raises duckdb.IOException when it cannot be read."""
    with reading(Path(database)) as connection:
        yield UserTables(connection, None if readable is None else Path(readable))

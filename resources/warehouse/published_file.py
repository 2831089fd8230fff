"""media.duckdb kept open for many short questions, as a web page asks them.

Each publication puts a new file in its place. ``PublishedFiles.current`` notices that by the file's
identity and opens the new one; whoever still holds the old one goes on with it. One such value is
one moment: all answers of a page fit together, row numbers too.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Concatenate, NamedTuple, ParamSpec, TypeVar

import duckdb
import numpy.typing as npt

from resources.warehouse.database_file import VANISHED
from resources.warehouse.own_query import result_of
from resources.warehouse.query_result import QueryResult
from resources.warehouse.sql_text import literal

MOST_REMEMBERED = 256
"""Results kept per file; the largest, an order of a million images, has 24 MB."""

Given = ParamSpec("Given")
Made = TypeVar("Made")
Arrays = dict[str, npt.NDArray[Any]]


class NotPublished(LookupError):
    """There is no media.duckdb yet, or none that can be opened."""


class Identity(NamedTuple):
    """Which file has the name at this moment."""

    device: int
    inode: int
    changed_ns: int
    size_bytes: int


@dataclass(eq=False)
class PublishedFile:
    """One published file, open for reading; safe to share between threads."""

    identity: Identity
    instance: duckdb.DuckDBPyConnection

    def rows(self, sql: str, values: Sequence[object] = ()) -> QueryResult:
        """The result of our own SQL; ``values`` fill each ``?``. Raises duckdb.Error."""
        with self._cursor() as cursor:
            return result_of(cursor.execute(sql, list(values) or None))

    def records(self, sql: str, values: Sequence[object] = ()) -> list[dict[str, Any]]:
        """The same, each row by column name."""
        return self.rows(sql, values).records

    def arrays(self, sql: str, values: Sequence[object] = ()) -> Arrays:
        """The same as one array per column, for a million rows. Raises duckdb.Error."""
        with self._cursor() as cursor:
            found: Arrays = cursor.execute(sql, list(values) or None).fetchnumpy()
            return found

    def remembered(
        self,
        make: Callable[Concatenate["PublishedFile", Given], Made],
        *args: Given.args,
        **kwargs: Given.kwargs,
    ) -> Made:
        """``make(self, ...)``, made once per file while it is among the last MOST_REMEMBERED."""
        return self._memory(make, *args, **kwargs)  # type: ignore[no-any-return]

    @cached_property
    def _memory(self) -> Callable[..., Any]:
        return lru_cache(MOST_REMEMBERED)(lambda make, *args, **kwargs: make(self, *args, **kwargs))

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        cursor = self.instance.cursor()
        cursor.execute("use media")
        return cursor


@dataclass
class PublishedFiles:
    """The file of this name, whichever it is at the moment."""

    path: Path
    lock: threading.Lock = field(default_factory=threading.Lock)
    newest: PublishedFile | None = None

    def current(self) -> PublishedFile:
        """The file that was published last. Raises NotPublished."""
        identity = identity_of(self.path)
        with self.lock:
            if self.newest is None or self.newest.identity != identity:
                self.newest = PublishedFile(identity, opened(self.path))
            return self.newest


def identity_of(path: Path) -> Identity:
    """What tells a file from the one that had its name before. Raises NotPublished."""
    try:
        found = path.stat()
    except FileNotFoundError as error:
        raise NotPublished(f"{path} is not made yet") from error
    return Identity(found.st_dev, found.st_ino, found.st_mtime_ns, found.st_size)


def opened(path: Path) -> duckdb.DuckDBPyConnection:
    """A connection to an instance of its own with the file as ``media``. Raises NotPublished."""
    instance = duckdb.connect()
    instance.execute("set global timezone = 'UTC'; set enable_progress_bar = false")
    try:
        instance.execute(f"attach {literal(str(path))} as media (read_only)")
    except (duckdb.IOException, duckdb.SerializationException) as error:
        gone = any(word in str(error) for word in VANISHED)
        why = "is not made yet" if gone else "cannot be read; the service makes it again"
        raise NotPublished(f"{path} {why}") from error
    instance.execute("set enable_external_access = false")
    instance.execute("set lock_configuration = true")
    return instance

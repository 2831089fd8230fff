"""media.duckdb kept open for many short questions, as a web page asks them.

Each publication puts a new file in its place. ``PublishedFiles.current`` notices that by the file's
identity and opens the new one; a reader that holds the old one goes on with it. One such value is
one moment: all answers of a page fit together, row numbers too.

What takes long on a large file is worked out before the file is shown: until then, but for the
first file of all, questions are answered from the one before.
"""

import logging
import threading
import time
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Concatenate, Generic, NamedTuple, ParamSpec, TypeVar

import duckdb
import numpy.typing as npt
from cachetools import LRUCache

from resources.warehouse.bytes_of_value import bytes_of
from resources.warehouse.database_file import VANISHED
from resources.warehouse.own_query import result_of
from resources.warehouse.query_result import QueryResult
from resources.warehouse.sql_text import literal

MOST_REMEMBERED_BYTES = 256 * 1024**2
"""Results kept per file; the largest, an order of a million images, has 20 MB."""

LEAST_BYTES = 128 * 1024
"""What a small result counts as: what it was asked with is kept, too."""

PATIENCE_SECONDS = 0.3
"""How long a question waits for a new file to be prepared; a small one is ready within it."""

_log = logging.getLogger(__name__)

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
class Place(Generic[Made]):
    """Where one result is kept; an attempt that failed leaves it empty."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    kept: list[Made] = field(default_factory=list)
    size_bytes: int = LEAST_BYTES

    def filled_by(self, make: Callable[[], Made]) -> Made:
        """What is kept, made first if need be. Raises what ``make`` raises."""
        with self.lock:
            if not self.kept:
                made = make()
                self.size_bytes = max(LEAST_BYTES, bytes_of(made))
                self.kept.append(made)
            return self.kept[0]


@dataclass(eq=False)
class Memory:
    """The places of results, those asked for last; together they have ``most_bytes`` at most."""

    most_bytes: int = MOST_REMEMBERED_BYTES
    lock: threading.Lock = field(default_factory=threading.Lock)

    @cached_property
    def places(self) -> LRUCache[Hashable, Place[Any]]:
        """What was asked -> the place of its result."""
        return LRUCache(self.most_bytes, lambda place: place.size_bytes)

    def place(self, key: Hashable) -> Place[Any]:
        """The place of this result, which is asked for now."""
        with self.lock:
            found: Place[Any] = self.places.setdefault(key, Place())
            return found

    def measure(self, key: Hashable, place: Place[Any]) -> None:
        """Count what is in the place by now; what is larger than all may be is not kept."""
        with self.lock:
            if self.places.get(key) is not place:
                return
            del self.places[key]
            if place.size_bytes <= self.most_bytes:
                self.places[key] = place


@dataclass(eq=False)
class PublishedFile:
    """One published file, open for reading; safe to share between threads."""

    identity: Identity
    instance: duckdb.DuckDBPyConnection
    memory: Memory = field(default_factory=Memory)

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
        """``make(self, ...)``, made once per file while the last such results fit into memory.

        Who asks while it is being made waits for it.
        """
        key = (make, args, tuple(sorted(kwargs.items())))
        place: Place[Made] = self.memory.place(key)
        is_new = not place.kept
        made = place.filled_by(lambda: make(self, *args, **kwargs))
        if is_new:
            self.memory.measure(key, place)
        return made

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        cursor = self.instance.cursor()
        cursor.execute("use media")
        return cursor


def nothing(published: PublishedFile) -> None:
    """No preparation."""
    del published


class Coming(NamedTuple):
    """A file that is being prepared since ``began_s`` of the monotonic clock."""

    file: PublishedFile
    ready: Future[None]
    began_s: float


@dataclass
class PublishedFiles:
    """The file of this name, whichever it is at the moment.

    ``prepare`` works out and remembers what most questions need.
    """

    path: Path
    prepare: Callable[[PublishedFile], None] = nothing
    lock: threading.Lock = field(default_factory=threading.Lock)
    shown: PublishedFile | None = None
    coming: Coming | None = None
    worker: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1))

    def current(self) -> PublishedFile:
        """The file that was published last, or the one before while it is prepared.

        Raises NotPublished.
        """
        identity = identity_of(self.path)
        with self.lock:
            coming = self.coming or self._begun(identity)
            if self._shown(coming).identity == identity:
                return self._shown(coming)
            if coming.ready.done():
                coming = self._begun(identity)
        wait([coming.ready], max(0.0, coming.began_s + PATIENCE_SECONDS - time.monotonic()))
        with self.lock:
            return self._shown(coming)

    def _shown(self, coming: Coming) -> PublishedFile:
        if self.shown is None or (coming is self.coming and coming.ready.done()):
            self.shown = coming.file
        return self.shown

    def _begun(self, identity: Identity) -> Coming:
        file = PublishedFile(identity, opened(self.path))
        ready = self.worker.submit(self._prepared, file)
        self.coming = Coming(file, ready, time.monotonic())
        return self.coming

    def _prepared(self, file: PublishedFile) -> None:
        try:
            self.prepare(file)
        except duckdb.Error as error:
            _log.warning("not prepared, questions will say the same: %s", error)


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

"""Queries of many people side by side, for a server: a few processes that wait for them, warm.

A process is replaced when a query had to be ended, when it holds on to memory, and after
QUERIES_PER_CHILD. As many queries run at once as there are processes; others wait, and are told so
when nothing gets free in time.
"""

import logging
import queue
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Self

from resources.warehouse.query_cancellation import Cancellation
from resources.warehouse.query_child import QueryChild
from resources.warehouse.query_error import QueryError
from resources.warehouse.query_limits import VISITOR, QueryLimits
from resources.warehouse.query_result import QueryResult
from resources.warehouse.query_words import ALL_BUSY, CANCELLED
from resources.warehouse.table_opening import TableOpening

QUERIES_PER_CHILD = 100
"""What DuckDB leaks is bounded; a new process costs 0.15 s, beside other work."""

logger = logging.getLogger(__name__)


class BoundedQueries:
    """Processes for queries on the same tables; a context manager, to be used from any thread.

        with BoundedQueries(file_opening(home.warehouse)) as queries:
            result = queries.ask("select ?", ["a value"])

    Every query is under ``limits``. In an asynchronous server: ``asyncio.to_thread(queries.ask,
    ...)``, and ``cancellation.cancel()`` when the client has gone.
    """

    def __init__(
        self, opening: TableOpening, limits: QueryLimits = VISITOR, *, warm: int = 2
    ) -> None:
        self._opening = opening
        self._limits = limits
        self._lock = threading.Lock()
        self._is_closed = False
        self._children = {QueryChild(stays=True) for _ in range(warm)}
        self._free: queue.Queue[QueryChild] = queue.Queue()
        for child in self._children:
            self._free.put(child)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End every process, also one at work. Harmless when repeated."""
        with self._lock:
            self._is_closed = True
            for child in self._children:
                child.kill()
        for _ in range(len(self._children)):
            child = self._free.get()
            child.close()
            self._free.put(child)

    def ask(
        self,
        sql: str,
        values: Sequence[object] = (),
        *,
        cancellation: Cancellation | None = None,
    ) -> QueryResult:
        """The whole result; ``values`` (texts, numbers) fill each ``?``. Raises QueryError."""
        with self._child() as child:
            if cancellation and cancellation.is_cancelled:
                raise QueryError(CANCELLED)
            return child.ask(self._opening, sql, values, self._limits, cancellation)

    @contextmanager
    def _child(self) -> Iterator[QueryChild]:
        try:
            child = self._free.get(timeout=self._limits.wall_seconds)
        except queue.Empty as error:
            raise QueryError(ALL_BUSY) from error
        try:
            child = self._usable(child)
            yield child
        finally:
            self._give_back(child)

    def _give_back(self, child: QueryChild) -> None:
        """Put the process, or a new one in its place, where the next query finds it."""
        try:
            child = self._usable(child)
        except QueryError:
            logger.warning("no new process for queries could be started", exc_info=True)
        finally:
            self._free.put(child)

    def _usable(self, child: QueryChild) -> QueryChild:
        """This process, or a new one when it has ended or is worn. Raises QueryError."""
        if child.can_be_asked and child.asked < QUERIES_PER_CHILD:
            return child
        child.close()
        with self._lock:
            if self._is_closed:
                return child
            fresh = QueryChild(stays=True)
            self._children.remove(child)
            self._children.add(fresh)
        return fresh

"""SQL that visitors write, in the processes of ``BoundedQueries``; the pages share one such pool.

No visitor may hold all processes, and a query ends with its visitor: when the browser closes the
connection, nobody computes on.
"""

import asyncio
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import anyio
import anyio.to_thread
from starlette.requests import HTTPConnection, Request

from resources.configuration.media_home import MediaHome
from resources.warehouse.bounded_queries import BoundedQueries
from resources.warehouse.query_cancellation import Cancellation
from resources.warehouse.query_error import QueryError
from resources.warehouse.query_limits import VISITOR
from resources.warehouse.query_result import QueryResult
from resources.warehouse.query_words import megabytes
from resources.warehouse.table_opening import file_opening
from web.gallery.base.gallery import visitor_of

PROCESSES = 3
"""Queries that run at once; each process has some 50 MB also when it waits."""

MOST_PER_VISITOR = 2
"""Queries of one visitor that run or wait; without a login all people are one visitor."""

WAITING = 32
"""Queries that wait for a process, each in a thread."""

LONGEST_SQL = 8_000
"""Characters; the whole address of a request has at most 32 KiB."""

TOO_MANY = f"You have {MOST_PER_VISITOR} queries running: wait for an answer, then ask again."
LIMITS = (
    f"A query may take {VISITOR.wall_seconds:g} seconds and {megabytes(VISITOR.memory_bytes)} of "
    f"memory; its answer may have {VISITOR.rows:,} rows and {megabytes(VISITOR.result_bytes)}."
)


class TooManyQueries(QueryError):
    """This visitor has to wait for the answers to earlier queries."""


class VisitorQueries:
    """Queries on the tables of one home; the processes are started with the first query."""

    def __init__(self, home: MediaHome) -> None:
        self._opening = file_opening(home.warehouse)
        self._lock = threading.Lock()
        self._pool: BoundedQueries | None = None
        self._running: Counter[str] = Counter()
        self._threads = anyio.CapacityLimiter(PROCESSES + WAITING)

    async def ask(self, request: Request, sql: str) -> QueryResult:
        """The whole result for this visitor, cancelled when the visitor has gone.

        Raises QueryError, and TooManyQueries where MOST_PER_VISITOR are asked already.
        """
        cancellation = Cancellation()
        with self._counted(visitor_of(request).name):
            watcher = asyncio.create_task(cancel_when_gone(request, cancellation))
            try:
                return await anyio.to_thread.run_sync(
                    self._ask, sql, cancellation, limiter=self._threads
                )
            finally:
                watcher.cancel()
                cancellation.cancel()

    def close(self) -> None:
        """End all processes, also those at work. Harmless when repeated."""
        with self._lock:
            if self._pool is not None:
                self._pool.close()
                self._pool = None

    def _ask(self, sql: str, cancellation: Cancellation) -> QueryResult:
        with self._lock:
            if self._pool is None:
                self._pool = BoundedQueries(self._opening, VISITOR, warm=PROCESSES)
            pool = self._pool
        return pool.ask(sql, cancellation=cancellation)

    @contextmanager
    def _counted(self, visitor: str) -> Iterator[None]:
        if self._running[visitor] >= MOST_PER_VISITOR:
            raise TooManyQueries(TOO_MANY)
        self._running[visitor] += 1
        try:
            yield
        finally:
            self._running[visitor] -= 1
            self._running += Counter()  # forgets visitors without a query


async def cancel_when_gone(request: Request, cancellation: Cancellation) -> None:
    """Cancel the query as soon as the connection is closed."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
    cancellation.cancel()


def queries_of(connection: HTTPConnection) -> VisitorQueries:
    """The queries of all pages."""
    queries = connection.app.state.queries
    assert isinstance(queries, VisitorQueries)  # noqa: S101 - set by ``app`` and nowhere else
    return queries

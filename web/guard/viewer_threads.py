"""The threads in which requests of viewers are executed: so many for each viewer and no more.

A request that nobody waits for keeps its thread until it has really ended, so whatever a viewer
asks for, it occupies at most THREADS of them and others go on.
"""

import asyncio
import contextvars
import threading
from asyncio import FIRST_COMPLETED
from collections import Counter
from collections.abc import Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

from web.guard.query_budget import TOO_LONG, QueryBudget

THREADS = 4
"""Per viewer; a browser has at most six connections to one host."""

MOST_WAITING = 32
"""Requests of one viewer at a time, those that wait for a thread included."""

T = TypeVar("T")


class TooMany(RuntimeError):
    """The viewer has too many requests under way; the message says so."""


class Stopped(RuntimeError):
    """The request was not executed to its end; the message says why."""


@dataclass
class ViewerThreads:
    """A pool of threads for each viewer who has requests under way."""

    pools: dict[str, ThreadPoolExecutor] = field(default_factory=dict)
    under_way: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    async def run(
        self, name: str, budget: QueryBudget, gone: Awaitable[object] | None, work: Callable[[], T]
    ) -> T:
        """What ``work`` returns. Raises TooMany, and Stopped when time is over or the client gone.

        ``gone`` ends when nobody waits for the answer any more.
        """
        result = asyncio.wrap_future(self._begin(name, work))
        leaving = asyncio.ensure_future(gone) if gone is not None else asyncio.Future[object]()
        try:
            ends: set[asyncio.Future[Any]] = {result, leaving}
            await asyncio.wait(ends, timeout=budget.seconds_left, return_when=FIRST_COMPLETED)
            if result.done():
                return result.result()
            raise Stopped("The client is gone." if leaving.done() else TOO_LONG)
        finally:
            budget.stop("Nobody waits for this any more.")
            leaving.cancel()
            result.cancel()

    def _begin(self, name: str, work: Callable[[], T]) -> "Future[T]":
        with self.lock:
            if self.under_way[name] >= MOST_WAITING:
                raise TooMany("You have too many requests under way: wait until some are answered.")
            self.under_way[name] += 1
            pool = self.pools.setdefault(name, ThreadPoolExecutor(THREADS, "viewer"))
            begun = pool.submit(contextvars.copy_context().run, work)
        begun.add_done_callback(lambda _: self._end(name))
        return begun

    def _end(self, name: str) -> None:
        with self.lock:
            self.under_way[name] -= 1
            if not self.under_way[name]:
                del self.under_way[name]
                self.pools.pop(name).shutdown(wait=False)

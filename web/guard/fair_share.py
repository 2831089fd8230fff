"""What one name may have under way at a time, so that others are served, too.

All who ask share the connections of the server (``connections``) and the threads in which pages
are made. A body that trickles, an answer that is not read and a filter that is computed for long
each hold one of them.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from weakref import WeakValueDictionary

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web.guard.connections import MOST_CONNECTIONS
from web.guard.login import Visitor
from web.guard.roles import Role

MOST_REQUESTS = MOST_CONNECTIONS // 2
"""Under way at a time for one name; by HTTP/2, a proxy passes on some 100 at once of a browser."""

PAGES_AT_A_TIME = 8
"""Pages that are made at a time for one viewer, of 40 threads; browsers ask for six by HTTP/1.1."""


@dataclass
class CountedByName:
    """How many of something each name has open; more than ``most`` it may not have."""

    most: int
    open: Counter[str] = field(default_factory=Counter)

    @contextmanager
    def counted(self, name: str) -> Iterator[bool]:
        """Whether this name may open one more, which is counted until the context ends."""
        self.open[name] += 1
        try:
            yield self.open[name] <= self.most
        finally:
            self.open[name] -= 1
            if not self.open[name]:
                del self.open[name]


class ViewerTurns:
    """ASGI middleware: of one viewer's requests, PAGES_AT_A_TIME are worked on and the rest wait.

    A turn ends when the answer begins: a long download takes nobody's turn.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.turns: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on when it is its turn."""
        visitor = scope.get("visitor")
        if isinstance(visitor, Visitor) and visitor.role is Role.VIEWER:
            turn = self.turns.setdefault(visitor.name, asyncio.Semaphore(PAGES_AT_A_TIME))
            await in_turn(turn, self.app, scope, receive, send)
        else:
            await self.app(scope, receive, send)


async def in_turn(
    turn: asyncio.Semaphore, app: ASGIApp, scope: Scope, receive: Receive, send: Send
) -> None:
    """Let the app answer when there is a turn, which is given back as soon as the answer begins."""
    is_held: bool = await turn.acquire()

    def give_back() -> None:
        nonlocal is_held
        if is_held:
            is_held = False
            turn.release()

    async def send_and_give_back(message: Message) -> None:
        give_back()
        await send(message)

    try:
        await app(scope, receive, send_and_give_back)
    finally:
        give_back()

"""Nobody holds all connections or all threads."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator

import pytest
from starlette.types import Message, Receive, Scope, Send

from tests.support.guarded_ui import GuardedUi, basic
from tests.support.running_service import wait_until
from web.guard.fair_share import MOST_REQUESTS, PAGES_AT_A_TIME, ViewerTurns
from web.guard.login import Visitor
from web.guard.roles import Role

BEN = basic("ben", "a viewer's password")
ANNA = basic("anna", "an editor's password")


@contextlib.contextmanager
def held(ui: GuardedUi, path: str) -> Iterator[None]:
    """As many requests of the viewer as he may have, whose bodies never end."""
    head = [f"POST {path} HTTP/1.1", f"Host: localhost:{ui.port}", "Content-Length: 100000"]
    kind = "application/x-www-form-urlencoded" if "gallery" in path else "application/json"
    head += [f"Content-Type: {kind}", f"Authorization: {BEN['Authorization']}", "", ""]
    with contextlib.ExitStack() as open_connections:
        for _ in range(MOST_REQUESTS):
            connection = socket.create_connection(("127.0.0.1", ui.port))
            open_connections.enter_context(connection).sendall("\r\n".join(head).encode())
        yield


@pytest.mark.parametrize("path", ["/gallery/actions/download_originals", "/graphql"])
def test_one_viewer_cannot_hold_all_connections(ui: GuardedUi, path: str) -> None:
    for who in (BEN, ANNA):
        assert ui.request("GET", "/dagit_info", who).status == 200
    with held(ui, path):
        wait_until(lambda: ui.request("GET", "/dagit_info", BEN).status == 429)

        assert ui.request("GET", "/dagit_info", ANNA).status == 200
        assert ui.request("GET", "/health").status in (200, 503)
        assert b"checks" in ui.request("GET", "/health").body
    wait_until(lambda: ui.request("GET", "/dagit_info", BEN).status == 200)


class Counting:
    """An application that counts who is in it, and answers when it may."""

    def __init__(self) -> None:
        self.inside: list[str] = []
        self.may_begin = asyncio.Event()
        self.may_end = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del receive
        self.inside.append(scope["visitor"].name)
        await self.may_begin.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await self.may_end.wait()


async def receive() -> Message:
    return {"type": "http.disconnect"}


async def send(message: Message) -> None:
    del message


def ask(turns: ViewerTurns, name: str, role: Role, times: int) -> list[asyncio.Task[None]]:
    scope = {"type": "http", "visitor": Visitor(name, role)}
    return [asyncio.create_task(turns(scope, receive, send)) for _ in range(times)]


def test_a_viewer_takes_turns_and_others_go_on() -> None:
    async def check() -> None:
        app = Counting()
        turns = ViewerTurns(app)
        tasks = ask(turns, "ben", Role.VIEWER, 50)
        await asyncio.sleep(0.01)
        tasks += ask(turns, "carl", Role.VIEWER, 1) + ask(turns, "anna", Role.EDITOR, 20)
        await asyncio.sleep(0.01)

        assert app.inside.count("ben") == PAGES_AT_A_TIME
        assert (app.inside.count("carl"), app.inside.count("anna")) == (1, 20)
        app.may_begin.set()
        await asyncio.sleep(0.01)
        assert app.inside.count("ben") == 50, "a download that goes on takes nobody's turn"
        app.may_end.set()
        await asyncio.gather(*tasks)
        assert not turns.turns

    asyncio.run(check())


def test_a_request_that_fails_gives_its_turn_back() -> None:
    async def failing(scope: Scope, receive: Receive, send: Send) -> None:
        del receive, send
        raise ValueError(scope["visitor"].name)

    async def check() -> None:
        results = await asyncio.gather(
            *ask(ViewerTurns(failing), "ben", Role.VIEWER, 50), return_exceptions=True
        )
        assert [str(one) for one in results] == ["ben"] * 50

    asyncio.run(check())

"""Queries of visitors: none holds all processes, none goes on when its visitor has gone."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from starlette.requests import Request
from starlette.types import Message

from resources.configuration.media_home import MediaHome
from resources.warehouse.query_error import QueryError
from resources.warehouse.query_words import CANCELLED
from web.gallery.sql.visitor_queries import MOST_PER_VISITOR, TooManyQueries, VisitorQueries
from web.guard.login import Visitor
from web.guard.roles import Role

ENDLESS = "select count(*) from range(10000000000) as a, range(10000000000) as b"


@pytest.fixture
def queries(tmp_path: Path) -> Iterator[VisitorQueries]:
    home = MediaHome(tmp_path)
    with duckdb.connect(str(home.warehouse)) as connection:
        connection.execute("create table images as select 'a' as image_id")
    made = VisitorQueries(home)
    yield made
    made.close()


def request_of(name: str, gone: asyncio.Event) -> Request:
    """A request whose connection is closed when ``gone`` is set."""

    async def receive() -> Message:
        await gone.wait()
        return {"type": "http.disconnect"}

    visitor = Visitor(name, Role.VIEWER)
    return Request({"type": "http", "headers": [], "visitor": visitor}, receive)


def test_a_visitor_cannot_hold_all_processes(queries: VisitorQueries) -> None:
    async def check() -> None:
        gone, stays = asyncio.Event(), asyncio.Event()
        endless = [
            asyncio.create_task(queries.ask(request_of("ben", gone), ENDLESS))
            for _ in range(MOST_PER_VISITOR)
        ]
        await asyncio.sleep(0)
        with pytest.raises(TooManyQueries, match="wait for an answer"):
            await queries.ask(request_of("ben", stays), "select 1")
        found = await queries.ask(request_of("anna", stays), "from images")
        gone.set()
        await asyncio.gather(*endless, return_exceptions=True)
        again = await queries.ask(request_of("ben", stays), "select 1")

        assert (found.rows, again.rows) == ([("a",)], [(1,)])

    asyncio.run(check())


def test_a_query_ends_with_its_visitor(queries: VisitorQueries) -> None:
    async def check() -> None:
        gone = asyncio.Event()
        asked = asyncio.create_task(queries.ask(request_of("ben", gone), ENDLESS))
        while queries._pool is None:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.5)
        gone.set()
        with pytest.raises(QueryError, match=CANCELLED):
            await asked

    asyncio.run(check())


def test_after_the_end_no_query_is_answered(queries: VisitorQueries) -> None:
    async def check() -> None:
        asked = asyncio.create_task(queries.ask(request_of("ben", asyncio.Event()), ENDLESS))
        while queries._pool is None:
            await asyncio.sleep(0.05)
        await asyncio.sleep(0.2)
        await asyncio.to_thread(queries.close)
        with pytest.raises(QueryError):
            await asked

    asyncio.run(check())

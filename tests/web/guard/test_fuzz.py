"""Requests that a generator thinks up: none is an internal error, none of a viewer changes a thing.

GraphQL documents are generated from Dagster's own schema by hypothesis-graphql. The number of
examples suits CI; ``MEDIA_FUZZ_TIMES=50`` tries fifty times as many.
"""

import gc
import os
import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import hypothesis
import pytest
from dagster_graphql.schema import create_schema
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis_graphql import mutations, nodes, queries

from tests.support.guarded_ui import GuardedUi

TIMES = int(os.environ.get("MEDIA_FUZZ_TIMES", "1"))
SCHEMA = create_schema().graphql_schema
OWN_SCALARS = {
    name: st.text(max_size=20).map(nodes.String)
    for name in ("Cursor", "GenericScalar", "JSONString", "RunConfigData", "BigInt", "Timestamp")
    if name in SCHEMA.type_map
}
pytestmark = pytest.mark.filterwarnings(
    # graphql-core leaves a coroutine alone when a sibling of it fails.
    "ignore:coroutine .* was never awaited:RuntimeWarning",
    "ignore:.*:pytest.PytestUnraisableExceptionWarning",
)


def examples(count: int) -> hypothesis.settings:
    """The same examples each time in CI, new ones when there is time."""
    return settings(
        max_examples=count * TIMES,
        derandomize=TIMES == 1,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


@pytest.fixture(autouse=True)
def no_leftovers() -> Iterator[None]:
    yield
    gc.collect()


def stored(ui: GuardedUi) -> Sequence[str]:
    """Everything in Dagster's storage."""
    lines: list[str] = []
    for file in sorted(Path(ui.settings.media_home.dagster).rglob("*.db")):
        connection = sqlite3.connect(file)
        lines += connection.iterdump()
        connection.close()
    return lines


def test_generated_queries_are_answered_and_change_nothing(
    ui: GuardedUi, viewer: Mapping[str, str]
) -> None:
    before = stored(ui)

    @examples(40)
    @given(queries(SCHEMA, custom_scalars=OWN_SCALARS))
    def check(query: str) -> None:
        answer = ui.graphql(query, viewer)
        assert answer.status in (200, 400), answer.body[:2000]

    check()
    assert stored(ui) == before


def test_generated_mutations_change_nothing_for_strangers_and_viewers(
    ui: GuardedUi, viewer: Mapping[str, str]
) -> None:
    before = stored(ui)

    @examples(20)
    @given(mutations(SCHEMA, custom_scalars=OWN_SCALARS))
    def check(mutation: str) -> None:
        assert ui.graphql(mutation).status == 401
        assert ui.graphql(mutation, viewer).status in (400, 403)

    check()
    assert stored(ui) == before


def test_generated_mutations_of_an_editor_are_no_internal_errors(
    open_ui: GuardedUi,
) -> None:
    @examples(20)
    @given(mutations(SCHEMA, custom_scalars=OWN_SCALARS))
    def check(mutation: str) -> None:
        answer = open_ui.graphql(mutation)
        assert answer.status in (200, 400), answer.body[:2000]

    check()


METHODS = st.sampled_from([b"GET", b"POST", b"HEAD", b"OPTIONS", b"get", b"", b"\0"])
PATHS = st.one_of(
    st.sampled_from([b"/", b"/graphql", b"/logs/", b"/_next/", b"*", b"//", b"/%", b"/\xff"]),
    st.binary(max_size=40).map(lambda path: b"/" + path),
)
VERSIONS = st.sampled_from([b"HTTP/1.1", b"HTTP/1.0", b"HTTP/2.0", b"", b"http/1.1"])
NAMES = st.sampled_from(
    [
        *(b"Host", b"Origin", b"Authorization", b"Content-Type", b"Content-Length", b"Cookie"),
        *(b"Transfer-Encoding", b"Connection", b"Upgrade", b"Expect", b"Accept", b"Range"),
        *(b"Sec-Fetch-Site", b"Sec-WebSocket-Key", b"Sec-WebSocket-Version", b"X-Forwarded-User"),
    ]
)
VALUES = st.one_of(
    st.sampled_from(
        [
            *(b"localhost", b"chunked", b"websocket", b"Upgrade", b"close", b"100-continue"),
            *(b"application/json", b"text/html", b"13", b"0", b"-1", b"99", b"http://[", b"null"),
            *(b"Basic", b"Basic Og==", b"bytes=0-1,2-,-5", b"same-origin", b"keep-alive"),
        ]
    ),
    st.binary(max_size=30),
)
HEADERS = st.lists(st.tuples(NAMES, VALUES), max_size=8)


@st.composite
def requests(draw: st.DrawFn) -> bytes:
    """Nearly a request."""
    first = b" ".join((draw(METHODS), draw(PATHS), draw(VERSIONS)))
    host = [(b"Host", b"localhost")] if draw(st.booleans()) else []
    lines = [name + b": " + value for name, value in [*host, *draw(HEADERS)]]
    return b"\r\n".join([first, *lines, b"", draw(st.binary(max_size=60))])


@pytest.mark.usefixtures("short_times")
def test_bytes_that_are_nearly_a_request_are_no_internal_error(
    ui: GuardedUi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.guard.connections.REQUEST_SECONDS", 0.05)
    monkeypatch.setattr("web.guard.graphql.BODY_SECONDS", 0.05)

    @examples(200)
    @given(requests())
    def check(request: bytes) -> None:
        closing = b"\r\nConnection: close\r\n"
        answer = ui.raw(request.replace(b"\r\n", closing, 1))
        statuses = re.findall(rb"HTTP/1\.1 (\d)\d\d ", answer)
        assert b"5" not in statuses, answer

    check()
    assert ui.request("GET", "/server_info").status == 401

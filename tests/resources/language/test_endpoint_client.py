"""Requests to a server that misbehaves in all the ways servers do."""

import gzip
import logging
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pydantic import SecretStr

from resources.language.endpoint_client import (
    LARGEST_REPLY_BYTES,
    Endpoint,
    EndpointClient,
    EndpointRefused,
    EndpointUnavailable,
    ReplyTooLarge,
    Request,
)
from tests.support.scripted_server import Asked, Said, ScriptedServer, scripted_server

KEY = "sk-never-to-be-seen"
ASK = Request("POST", "chat/completions", json={"question": "?"})


@contextmanager
def client_of(
    url: str, folder: Path, *, requests_per_minute: int = 10_000
) -> Iterator[EndpointClient]:
    endpoint = Endpoint(url, SecretStr(KEY), requests_per_minute, folder / "rate.sqlite")
    client = EndpointClient(endpoint)
    try:
        yield client
    finally:
        client.close()


@contextmanager
def asked(
    folder: Path, reply: Callable[[Asked], Said]
) -> Iterator[tuple[EndpointClient, ScriptedServer]]:
    with scripted_server(reply) as server, client_of(server.url, folder) as client:
        yield client, server


def in_turn(*replies: Said) -> Callable[[Asked], Said]:
    """Each reply once, then the last forever."""
    waiting = list(replies)
    return lambda _: waiting.pop(0) if len(waiting) > 1 else waiting[0]


def test_a_busy_server_is_asked_again_when_it_says(tmp_path: Path) -> None:
    busy = Said(b"slow down", 429, {"Retry-After": "0.2"})
    with asked(tmp_path, in_turn(busy, Said(b"", 503), Said(b"fine"))) as (client, server):
        started = time.monotonic()
        assert client.send(ASK, 30) == b"fine"

    assert time.monotonic() - started >= 0.2
    assert [request.headers["Authorization"] for request in server.asked] == [f"Bearer {KEY}"] * 3


def test_a_server_that_stays_busy_is_given_up(tmp_path: Path) -> None:
    busy = Said(b"slow down", 429, {"Retry-After": "0"})
    with (
        asked(tmp_path, in_turn(busy)) as (client, server),
        pytest.raises(EndpointUnavailable, match="HTTP 429: slow down"),
    ):
        client.send(ASK, 30)

    assert len(server.asked) == 4


@pytest.mark.parametrize("status", [400, 401, 404])
def test_an_error_that_stays_is_not_asked_for_again(tmp_path: Path, status: int) -> None:
    with (
        asked(tmp_path, in_turn(Said(b"no", status))) as (client, server),
        pytest.raises(EndpointRefused, match=f"HTTP {status}"),
    ):
        client.send(ASK, 30)

    assert len(server.asked) == 1


def test_the_key_is_in_no_message_and_in_no_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Some servers repeat it in their errors."""
    caplog.set_level(logging.DEBUG)
    echo = Said(f"Incorrect API key provided: {KEY}.".encode(), 401)
    with asked(tmp_path, in_turn(echo)) as (client, _), pytest.raises(EndpointRefused) as refusal:
        client.send(ASK, 30)

    assert "Incorrect API key provided: ***." in str(refusal.value)
    assert "MEDIA_LANGUAGE_MODEL__ENDPOINT_KEY" in str(refusal.value)
    assert KEY not in caplog.text
    assert KEY not in repr(client)


def test_a_redirect_is_not_followed(tmp_path: Path) -> None:
    """The key would go to whoever the server names."""
    with scripted_server(in_turn(Said(b"got it"))) as other:
        away = Said(b"", 307, {"Location": other.url})
        with asked(tmp_path, in_turn(away)) as (client, _), pytest.raises(EndpointRefused):
            client.send(ASK, 30)

        assert other.asked == []


def test_a_reply_without_end_is_broken_off(tmp_path: Path) -> None:
    with (
        asked(tmp_path, in_turn(Said(b"x" * (LARGEST_REPLY_BYTES + 1)))) as (
            client,
            _,
        ),
        pytest.raises(ReplyTooLarge),
    ):
        client.send(ASK, 30)


def test_a_reply_is_never_unpacked(tmp_path: Path) -> None:
    """A kilobyte of gzip can hold a gigabyte."""
    packed = gzip.compress(b"x" * 1_000_000)
    with asked(tmp_path, in_turn(Said(packed, 200, {"Content-Encoding": "gzip"}))) as (client, _):
        assert client.send(ASK, 30) == packed


def test_a_server_that_is_down_is_waited_for_once_only(tmp_path: Path) -> None:
    """Two hundred pictures must not wait for it two hundred times."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        with client_of(f"http://127.0.0.1:{port}/v1", tmp_path) as client:
            with pytest.raises(EndpointUnavailable, match="is the server running"):
                client.send(ASK, 30)
            started = time.monotonic()
            with pytest.raises(EndpointUnavailable):
                client.send(ASK, 30)

    assert time.monotonic() - started < 0.5, "the first pause alone is longer"


def test_a_server_that_hangs_is_left_in_time(tmp_path: Path) -> None:
    def hang(_: Asked) -> Said:
        time.sleep(1.5)
        return Said(b"late")

    with asked(tmp_path, hang) as (client, _):
        started = time.monotonic()
        with pytest.raises(EndpointUnavailable):
            client.send(ASK, 0.5)
        assert time.monotonic() - started < 1.4


def test_two_processes_share_one_rate(tmp_path: Path) -> None:
    """They share the file; here two clients do."""
    with scripted_server(in_turn(Said(b"fine"))) as server:
        with client_of(server.url, tmp_path, requests_per_minute=2) as first:
            first.send(ASK, 30)
        with client_of(server.url, tmp_path, requests_per_minute=2) as second:
            second.send(ASK, 30)
            with pytest.raises(EndpointUnavailable, match="requests_per_minute"):
                second.send(ASK, 0.3)

    assert len(server.asked) == 2

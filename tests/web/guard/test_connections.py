"""Before anybody has logged in a connection costs little, whatever comes through it."""

import contextlib
import socket
import threading
import time

import pytest

from tests.support.guarded_ui import GuardedUi, received
from tests.support.shipped_queries import BUNDLE

UPGRADE = b"Upgrade: websocket\r\nConnection: Upgrade"
BAD_KEY = b"\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: x"
HEAD = b"Host: localhost\r\nConnection: close\r\n"


@contextlib.contextmanager
def connected(ui: GuardedUi) -> "contextlib.AbstractContextManager[socket.socket]":
    with socket.create_connection(("127.0.0.1", ui.port), timeout=60) as connection:
        yield connection


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


@pytest.mark.parametrize(
    "sent",
    [
        b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n",
        b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n",
        b"GET / HTTP/1.0\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: [::1\r\nConnection: close\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: user@localhost\r\nConnection: close\r\n\r\n",
        b"GET http://evil.example/ HTTP/1.1\r\n" + HEAD + b"\r\n",
        b"GET /%00 HTTP/1.1\r\n" + HEAD + b"\r\n",
        b"GET /%0d%0aSet-Cookie:x HTTP/1.1\r\n" + HEAD + b"\r\n",
        b"GET * HTTP/1.1\r\n" + HEAD + b"\r\n",
        b"GET /\xff HTTP/1.1\r\n" + HEAD + b"\r\n",
        b"GET / HTTP/1.1\r\n" + HEAD + b"Bad Name: x\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + HEAD + b"Content-Length: 1, 2\r\n\r\n",
        b"POST / HTTP/1.1\r\n" + HEAD + b"Content-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\n" + HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n",
        b"POST / HTTP/1.1\r\n" + HEAD + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + HEAD + b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 64,
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\r\n" * 40_000,
    ],
    ids=[
        "host_twice",
        "two_hosts",
        "no_host",
        "old_version_without_host",
        "another_host",
        "half_an_address",
        "host_with_a_user",
        "another_sites_address",
        "nul",
        "line_break",
        "asterisk",
        "no_text",
        "space_in_a_name",
        "two_lengths",
        "negative_length",
        "unknown_encoding",
        "two_statements_of_the_length",
        "and_in_the_other_order",
        "tls",
        "http_2",
        "empty_lines",
    ],
)
def test_a_malformed_request_is_refused_before_any_login(ui: GuardedUi, sent: bytes) -> None:
    answer = ui.raw(sent)

    assert status(answer) in (400, 501), answer[:200]


@pytest.mark.parametrize(
    "header",
    [
        b"Origin: http://[",
        b"Origin: null",
        b"Origin: \xff",
        b"Sec-Fetch-Site: \xff",
        b"Content-Type: \xff",
        b"Cookie: " + b"x" * 20_000,
        b"Authorization: Basic " + b"A" * 20_000,
        b"Authorization: \xff\xff",
        b"Upgrade: h2c\r\nConnection: Upgrade",
        UPGRADE,
        UPGRADE + BAD_KEY,
    ],
    ids=[
        "broken_origin",
        "hidden_origin",
        "origin_no_text",
        "site_no_text",
        "type_no_text",
        "large_cookie",
        "large_login",
        "login_no_text",
        "another_protocol",
        "half_a_websocket",
        "a_websocket_with_a_bad_key",
    ],
)
@pytest.mark.parametrize("method", [b"GET", b"POST"])
def test_a_strange_header_is_refused_and_is_no_error_of_ours(
    ui: GuardedUi, method: bytes, header: bytes
) -> None:
    request = method + b" /graphql HTTP/1.1\r\nHost: localhost\r\n" + header + b"\r\n"
    answer = ui.raw(request + b"Connection: close\r\n\r\n", seconds=30)

    assert 400 <= status(answer) < 500, answer[:200]


def test_an_endless_header_is_cut_off_while_others_are_served(ui: GuardedUi) -> None:
    """Some servers search the whole of it again with each new piece."""
    with connected(ui) as endless:
        endless.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ")
        began = time.monotonic()
        with contextlib.suppress(ConnectionError):
            for _ in range(1000):
                endless.sendall(b"x" * 65536)
        assert ui.request("GET", "/server_info").status == 401
        assert time.monotonic() - began < 20
        assert received(endless)[:12] in (b"HTTP/1.1 400", b"")


def test_many_headers_are_cut_off(ui: GuardedUi) -> None:
    answer = ui.raw(b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 100_000)

    assert answer[:12] in (b"HTTP/1.1 400", b"")


@pytest.mark.usefixtures("short_times")
@pytest.mark.parametrize(
    "sent",
    [b"", b"G", b"GET / HTTP/1.1\r\nHost: localhost\r\nX: y"],
    ids=["nothing", "one_byte", "no_end"],
)
def test_a_request_that_never_ends_is_not_waited_for(ui: GuardedUi, sent: bytes) -> None:
    with connected(ui) as slow:
        slow.sendall(sent)
        assert received(slow) == b""


@pytest.mark.usefixtures("short_times")
def test_a_header_that_trickles_is_not_waited_for(ui: GuardedUi) -> None:
    stopped = threading.Event()
    with connected(ui) as slow:

        def trickle() -> None:
            with contextlib.suppress(OSError):
                while not stopped.wait(0.05):
                    slow.sendall(b"x")

        thread = threading.Thread(target=trickle)
        thread.start()
        try:
            assert received(slow) == b""
        finally:
            stopped.set()
            thread.join()


@pytest.mark.usefixtures("short_times")
def test_a_body_that_does_not_come_is_not_waited_for(ui: GuardedUi, editor: dict[str, str]) -> None:
    login = f"Authorization: {editor['Authorization']}\r\n".encode()
    request = (
        b"POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        b"Content-Length: 100\r\n"
    )

    assert status(ui.raw(request + login + b"\r\n{")) == 408
    assert status(ui.raw(request + b"\r\n{")) == 401


def test_an_idle_connection_is_closed_and_a_used_one_goes_on(ui: GuardedUi) -> None:
    request = b"GET /server_info HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with connected(ui) as connection:
        for _ in range(3):
            connection.sendall(request)
            assert status(connection.recv(65536)) == 401
        assert received(connection) == b""


def test_a_client_that_does_not_read_is_cut_off(
    ui: GuardedUi, editor: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.guard.connections.ANSWER_SECONDS", 0.5)
    file = max(BUNDLE.rglob("*.js"), key=lambda path: path.stat().st_size)
    path = f"/_next/{file.relative_to(BUNDLE).as_posix()}"
    login = f"Authorization: {editor['Authorization']}"
    with socket.socket() as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.connect(("127.0.0.1", ui.port))
        for _ in range(4):
            slow.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{login}\r\n\r\n".encode())
        time.sleep(3)
        slow.settimeout(60)
        assert len(received(slow)) < 4 * file.stat().st_size


def test_a_client_that_reads_gets_its_whole_answer(ui: GuardedUi, editor: dict[str, str]) -> None:
    file = max(BUNDLE.rglob("*.js"), key=lambda path: path.stat().st_size)
    answer = ui.request("GET", f"/_next/{file.relative_to(BUNDLE).as_posix()}", editor)

    assert answer.body == file.read_bytes()

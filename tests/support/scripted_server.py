"""A small HTTP server that answers what a test tells it to, and remembers what it was asked."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Asked:
    """One request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, object]:
        """The body of a JSON request."""
        return dict(json.loads(self.body))


@dataclass(frozen=True)
class Said:
    """One reply. ``headers`` are further ones."""

    body: bytes
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class ScriptedServer:
    """Where it listens and what it was asked so far."""

    url: str
    asked: list[Asked]


def chat_reply(text: str, *, finish_reason: str = "stop") -> Said:
    """A chat completion with this answer."""
    choice = {"index": 0, "message": {"role": "assistant", "content": text}}
    usage = {"prompt_tokens": 7, "completion_tokens": 3}
    body = {"choices": [{**choice, "finish_reason": finish_reason}], "usage": usage, "model": "m1"}
    return Said(json.dumps(body).encode())


@contextmanager
def scripted_server(reply: Callable[[Asked], Said]) -> Iterator[ScriptedServer]:
    """A server on a free port of this machine that answers with ``reply``; ended with the block."""
    asked: list[Asked] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            asked.append(Asked(self.command, self.path, dict(self.headers), body))
            said = reply(asked[-1])
            self.send_response(said.status)
            for name, value in {"Content-Length": str(len(said.body)), **said.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            with suppress(ConnectionError):  # the client has left, as some tests want
                self.wfile.write(said.body)

        do_GET = do_POST = answer  # noqa: N815 - the names of http.server

        def log_message(self, format: str, *words: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield ScriptedServer(f"http://127.0.0.1:{server.server_port}/v1", asked)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

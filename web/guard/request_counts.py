"""Counts the requests of the web server and how long they take, and names each.

The labels are few whatever strangers ask for: a place of PLACES, a method of METHODS, a class of
status. Each request gets an id, which its answer carries as ``X-Request-Id`` and each line of a log
in JSON as ``request_id``; the runs that it asks for are tagged with it.
"""

import logging
import re
import secrets
import time
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bound_contextvars

METHODS = frozenset({"GET", "HEAD", "POST"})
PLACES = ("/gallery", "/api", "/graphql", "/health", "/metrics")
ELSEWHERE = "dagster"
"""Everything else is Dagster's UI."""

BUCKETS_SECONDS = (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
REQUEST_ID = "x-request-id"
WELL_FORMED = re.compile(r"[A-Za-z0-9._-]{8,64}")
"""An id that a proxy gave is kept, if it looks like one."""

logger = logging.getLogger(__name__)


@dataclass
class Answered:
    """What became of a request so far."""

    status: int = 500
    began_s: float = field(default_factory=time.monotonic)

    @property
    def seconds(self) -> float:
        """How long it has taken."""
        return time.monotonic() - self.began_s


class CountedRequests:
    """ASGI middleware, outside of all others."""

    def __init__(self, app: ASGIApp, registry: CollectorRegistry) -> None:
        self.app = app
        self.count = Counter(
            "media_http_requests",
            "Requests answered.",
            ["method", "place", "status"],
            registry=registry,
        )
        self.seconds = Histogram(
            "media_http_request_seconds",
            "From a request to the end of its answer.",
            ["place"],
            buckets=BUCKETS_SECONDS,
            registry=registry,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on under its id, and count it when it has been answered."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        answered, request_id = Answered(), request_id_of(scope)

        async def send_named(message: Message) -> None:
            if message["type"] == "http.response.start":
                answered.status = message["status"]
                MutableHeaders(scope=message)[REQUEST_ID] = request_id
            await send(message)

        with bound_contextvars(request_id=request_id):
            try:
                await self.app({**scope, REQUEST_ID: request_id}, receive, send_named)
            finally:
                self._note(scope, answered)

    def _note(self, scope: Scope, answered: Answered) -> None:
        place, method = place_of(scope["path"]), scope["method"]
        known = method if method in METHODS else "other"
        self.count.labels(known, place, f"{answered.status // 100}xx").inc()
        self.seconds.labels(place).observe(answered.seconds)
        told = {"status": answered.status, "seconds": round(answered.seconds, 4)}
        logger.info("%s %s", method, scope["path"], extra=told)


def place_of(path: str) -> str:
    """Which part of the server an address belongs to."""
    first = "/" + path.lstrip("/").partition("/")[0]
    return first.lstrip("/") if first in PLACES else ELSEWHERE


def request_id_of(scope: Scope) -> str:
    """The id that came with the request, or a new one of 32 hex digits."""
    given = Headers(scope=scope).get(REQUEST_ID, "")
    return given if WELL_FORMED.fullmatch(given) else secrets.token_hex(16)

"""The checks in front of Dagster's web UI, in the order in which a request passes them.

Dagster's webserver has no login and trusts every request: it executes mutations (delete an asset's
history, launch a run) that any page open in the user's browser sends to localhost, by GET and POST
alike, under any host name. The guard lets through what the UI and command line clients send:

1. a known host name;
2. reading by GET, changing by POST, nothing else; GraphQL by POST with a JSON body only;
3. from our own pages, or from no page: links may lead here, other sites may embed nothing;
4. from somebody who may: see ``login``;
5. GraphQL that a person of this role may execute: see ``graphql``. Our own pages check by
   themselves who may change what, and that the form is theirs: see ``web.gallery.base.changes``.

``/health`` is answered before all of them: see ``web.health.door``.

Every answer, refusals too, carries headers that keep it out of other sites' pages.
"""

from starlette.datastructures import MutableHeaders
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web.guard.fair_share import MOST_REQUESTS, CountedByName
from web.guard.graphql import checked_request, is_graphql, replayed
from web.guard.login import Login, Visitor
from web.guard.origins import OwnNames, is_foreign, is_link
from web.guard.own_pages import is_ours
from web.guard.refusal import Refusal
from web.guard.websockets import MOST_WEBSOCKETS, StillMay, SubscriptionsOnly

READING = frozenset({"GET", "HEAD"})
CHANGING = frozenset({"POST"})

SAFE_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; "
    "object-src 'none'; form-action 'none'",
    "Cache-Control": "no-cache",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""On every answer; a page of the UI brings its own Content-Security-Policy."""

OWN_WORD_COUNTS = frozenset({"Content-Security-Policy", "Cache-Control"})

NO_PATH = Refusal(400, "The address is malformed.")
TWO_LENGTHS = Refusal(400, "A request has Content-Length or Transfer-Encoding, not both.")
TOO_MANY = Refusal(429, f"You have {MOST_WEBSOCKETS} websockets open: close some pages.")
TOO_MANY_REQUESTS = Refusal(
    429,
    f"You have {MOST_REQUESTS} requests under way: wait until some are answered.",
    {"Retry-After": "5"},
)
NO_METHOD = Refusal(405, "Only GET, HEAD and POST are answered.", {"Allow": "GET, HEAD, POST"})
BY_POST = Refusal(403, "GraphQL is answered to POST with a JSON body only.")
FOREIGN = Refusal(403, "Requests from pages of other sites are refused.")
JSON_ONLY = Refusal(403, "Requests that may change something need Content-Type: application/json.")


def guard(app: ASGIApp, own: OwnNames, login: Login) -> ASGIApp:
    """The app behind all checks, reachable only under these host names."""
    return TrustedHostMiddleware(Guard(app, login, own), own.hosts, www_redirect=False)


class SafeHeaders:
    """ASGI middleware that adds SAFE_HEADERS to every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""

        async def send_safely(message: Message) -> None:
            if message["type"] in ("http.response.start", "websocket.http.response.start"):
                add_safe_headers(MutableHeaders(scope=message))
            await send(message)

        await self.app(scope, receive, send_safely)


def add_safe_headers(headers: MutableHeaders) -> None:
    """Set SAFE_HEADERS, leaving those of the app that it may choose."""
    for name, value in SAFE_HEADERS.items():
        if name in OWN_WORD_COUNTS:
            headers.setdefault(name, value)
        else:
            headers[name] = value


class Guard:
    """ASGI middleware: checks 2 to 5; the app finds who asks in ``scope["visitor"]``."""

    def __init__(self, app: ASGIApp, login: Login, own: OwnNames) -> None:
        self.app = app
        self.login = login
        self.own = own
        self.websockets = CountedByName(MOST_WEBSOCKETS)
        self.requests = CountedByName(MOST_REQUESTS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse the request or pass it on."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        scope = {**scope, "own_names": self.own}
        connection = HTTPConnection(scope)
        visitor = refusal_of(connection) or await self.login.visitor(connection)
        if isinstance(visitor, Refusal):
            await visitor(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._websocket({**scope, "visitor": visitor}, receive, send, visitor)
        else:
            await self._http({**scope, "visitor": visitor}, receive, send, visitor)

    async def _websocket(
        self, scope: Scope, receive: Receive, send: Send, visitor: Visitor
    ) -> None:
        """Serve a websocket as long as its visitor may do what he might when it was opened."""
        with self.websockets.counted(visitor.name) as may_open:
            if not may_open:
                await TOO_MANY(scope, receive, send)
                return
            only = SubscriptionsOnly(receive, send, still_may(self.login, scope, visitor))
            await only.serve(self.app, scope)

    async def _http(self, scope: Scope, receive: Receive, send: Send, visitor: Visitor) -> None:
        """Answer a request of somebody who has not too many under way."""
        with self.requests.counted(visitor.name) as may_ask:
            if may_ask:
                await self._answer(scope, receive, send, visitor)
            else:
                await TOO_MANY_REQUESTS(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send, visitor: Visitor) -> None:
        if scope["method"] in READING or is_ours(scope["path"]):
            await self.app(scope, receive, send)
            return
        body = await checked_request(scope, receive, visitor)
        if isinstance(body, Refusal):
            await body(scope, receive, send)
            return
        await self.app(with_body(scope, body), replayed(body, receive), send)


def still_may(login: Login, scope: Scope, visitor: Visitor) -> StillMay:
    """Asks the login again with what the websocket was opened with: the same name and role?"""

    async def ask() -> bool:
        return await login.visitor(HTTPConnection(scope)) == visitor

    return ask


def refusal_of(connection: HTTPConnection) -> Refusal | None:
    """Why nobody may send this request; None lets it through to the login."""
    scope = connection.scope
    if not scope["path"].startswith("/") or not scope["path"].isprintable():
        return NO_PATH
    if "transfer-encoding" in connection.headers and "content-length" in connection.headers:
        return TWO_LENGTHS
    if scope["type"] == "websocket":
        return FOREIGN if is_foreign(connection) else None
    if scope["method"] in READING:
        return refusal_of_reading(connection)
    if scope["method"] not in CHANGING:
        return NO_METHOD
    if is_foreign(connection):
        return FOREIGN
    is_json = media_type(connection) == "application/json"
    return None if is_json or is_ours(scope["path"]) else JSON_ONLY


def refusal_of_reading(connection: HTTPConnection) -> Refusal | None:
    """GraphQL is not executed by GET, and another site's page may link here but embed nothing."""
    if is_graphql(connection.scope):
        is_playground = "text/html" in connection.headers.get("accept", "")
        if not is_playground or connection.scope["query_string"]:
            return BY_POST
    return FOREIGN if is_foreign(connection) and not is_link(connection) else None


def media_type(connection: HTTPConnection) -> str:
    """The one content type without its parameters, in lower case."""
    types = connection.headers.getlist("content-type")
    return types[0].split(";")[0].strip().lower() if len(types) == 1 else ""


def with_body(scope: Scope, body: bytes) -> Scope:
    """The scope of a request with this JSON body and no parameters in its URL."""
    kept = [
        (name, value)
        for name, value in scope["headers"]
        if name not in (b"content-length", b"content-type", b"transfer-encoding")
    ]
    own = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    is_query_harmless = not is_graphql(scope)
    return {
        **scope,
        "headers": [*kept, *own],
        "query_string": scope["query_string"] if is_query_harmless else b"",
    }

"""Dagster's web UI behind a guard, because it has no login and trusts every request.

Stock Dagster executes mutations (delete an asset's history, launch a run) that any web page open in
the user's browser sends to localhost, by GET and by POST alike, and answers under any host name.
The guard lets through what the UI itself and command line clients send, and nothing else:

- only known host names (against DNS rebinding);
- nothing that changes state from a page of another origin, websockets included;
- GraphQL by POST with a JSON body only: a page of another origin cannot send that unasked;
- no display inside another site's frame, no guessing of content types.

Run as a process of its own: ``python -m command_line.guarded_webserver HOST PORT WORKSPACE``.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer
from starlette.datastructures import MutableHeaders
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]")
EVERY_ADDRESS = frozenset({"0.0.0.0", "::"})  # noqa: S104 - recognised here, not bound
READING = frozenset({"GET", "HEAD", "OPTIONS"})
OWN_PAGES = frozenset({"same-origin", "none"})
"""Values of Sec-Fetch-Site for a request of our own page, or typed in by the user."""

SAFE_HEADERS = {
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
}
CLOSING_SECONDS = 2
"""How long open connections may last after the request to stop; the UI keeps a websocket open."""

DATABASE_TIMEOUT_MS = 15_000
DATABASE_RECYCLE_SECONDS = 3600
DATABASE_OVERFLOW = 20
"""These three are the defaults of the stock ``dagster-webserver`` command."""


class SameOriginOnly:
    """ASGI middleware that refuses what another site's page could make a browser send."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 403 or pass the request on."""
        refusal = None if scope["type"] == "lifespan" else refusal_of(scope)
        app = PlainTextResponse(refusal, status_code=403) if refusal else self.app
        await app(scope, receive, with_safe_headers(send))


def refusal_of(scope: Scope) -> str | None:
    """Why the request is refused, in words for its sender; None lets it through."""
    connection = HTTPConnection(scope)
    is_websocket = scope["type"] == "websocket"
    if not is_websocket and scope["method"] in READING:
        is_graphql = scope["path"].rstrip("/").endswith("/graphql")
        by_get = "GraphQL is answered to POST with a JSON body only."
        return by_get if is_graphql and "query" in connection.query_params else None
    if is_foreign(connection):
        return "Requests from pages of other sites are refused."
    if not is_websocket and media_type(connection) != "application/json":
        return "Requests that may change something need Content-Type: application/json."
    return None


def is_foreign(connection: HTTPConnection) -> bool:
    """Whether a browser says that another site's page sent this; other clients say nothing."""
    site = connection.headers.get("sec-fetch-site", "none")
    origin = connection.headers.get("origin")
    is_ours = origin is None or urlsplit(origin).netloc == connection.headers.get("host")
    return site not in OWN_PAGES or not is_ours


def media_type(connection: HTTPConnection) -> str:
    """The content type without its parameters, in lower case."""
    return connection.headers.get("content-type", "").split(";")[0].strip().lower()


def with_safe_headers(send: Send) -> Send:
    """``send``, adding SAFE_HEADERS to the response."""

    async def send_safely(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in SAFE_HEADERS.items():
                headers[name] = value
        await send(message)

    return send_safely


def guard(app: ASGIApp, host_names: Sequence[str]) -> ASGIApp:
    """The app, reachable only under these host names and only from its own pages."""
    return TrustedHostMiddleware(SameOriginOnly(app), list(host_names), www_redirect=False)


def host_names(host: str, configured: Sequence[str] = ()) -> list[str]:
    """The names under which a server bound to ``host`` answers: loopback, its own, configured."""
    own = [] if host in EVERY_ADDRESS else [f"[{host}]" if ":" in host else host]
    return [*dict.fromkeys([*LOOPBACK_NAMES, *own, *configured])]


def serve(
    host: Annotated[str, typer.Argument(help="Address to listen on.")],
    port: Annotated[int, typer.Argument(help="Port to listen on.")],
    workspace: Annotated[Path, typer.Argument(help="workspace.yaml that names the code server.")],
    allow_host: Annotated[
        list[str] | None, typer.Option(help="Another host name to allow.")
    ] = None,
) -> None:
    """Serve Dagster's UI for the instance of DAGSTER_HOME until SIGTERM."""
    import uvicorn
    from dagster import DagsterInstance, __version__
    from dagster._core.workspace.context import WorkspaceProcessContext
    from dagster._core.workspace.load_target import WorkspaceFileTarget
    from dagster_webserver.app import create_app_from_workspace_process_context

    target = WorkspaceFileTarget([str(workspace)])
    with (
        DagsterInstance.get() as instance,
        WorkspaceProcessContext(instance, target, version=__version__) as context,
    ):
        instance.optimize_for_webserver(
            DATABASE_TIMEOUT_MS, DATABASE_RECYCLE_SECONDS, DATABASE_OVERFLOW
        )
        uvicorn.run(
            guard(
                create_app_from_workspace_process_context(context),
                host_names(host, allow_host or ()),
            ),
            host=host,
            port=port,
            log_level="warning",
            server_header=False,
            timeout_graceful_shutdown=CLOSING_SECONDS,
        )


if __name__ == "__main__":
    typer.run(serve)

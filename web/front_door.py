"""Who answers which address: our pages ``/gallery`` and ``/api``, Dagster's UI everything else.

``/`` leads to the first page, ``/dagster`` to Dagster's UI; its own addresses stay where they are.
``/metrics`` is for Prometheus.
"""

from contextlib import AsyncExitStack

from starlette.applications import Starlette
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web.guard.own_pages import is_ours

HOME = "/gallery/home"
METRICS = "/metrics"
DAGSTER = "/dagster"
DAGSTER_HOME = "/overview"
"""The first page of Dagster's UI; its ``/`` redirects there in the browser."""


class FrontDoor:
    """ASGI application: sends each request to the pages or to Dagster's UI."""

    def __init__(self, pages: Starlette, dagster: ASGIApp, metrics: ASGIApp) -> None:
        self.pages = pages
        self.dagster = dagster
        self.metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; redirects keep nothing of what was asked."""
        if scope["type"] == "lifespan":
            await self._live(scope, receive, send)
        else:
            await self._answerer(scope)(scope, receive, send)

    async def _live(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Begin and end with the server, which is gone once Dagster's UI says that it has ended."""
        async with AsyncExitStack() as ending:
            await ending.enter_async_context(self.pages.router.lifespan_context(self.pages))

            async def receive_and_end() -> Message:
                message = await receive()
                if message["type"] == "lifespan.shutdown":
                    await ending.aclose()
                return message

            await self.dagster(scope, receive_and_end, send)

    def _answerer(self, scope: Scope) -> ASGIApp:
        if scope["type"] != "http":
            return self.dagster
        if scope["path"] == "/":
            return RedirectResponse(HOME)
        if scope["path"].rstrip("/") == DAGSTER:
            return RedirectResponse(DAGSTER_HOME)
        if scope["path"] == METRICS:
            return self.metrics
        return self.pages if is_ours(scope["path"]) else self.dagster

"""New tables are prepared as they are published, before somebody asks for a page."""

import logging
from collections.abc import Callable

import anyio
import anyio.to_thread
from starlette.types import ASGIApp, Receive, Scope, Send

from resources.warehouse.published_file import NotPublished

LOOK_SECONDS = 1.0

_log = logging.getLogger(__name__)


class KeptReady:
    """ASGI middleware: calls ``look`` every LOOK_SECONDS for as long as the server runs."""

    def __init__(self, app: ASGIApp, look: Callable[[], object]) -> None:
        self.app = app
        self.look = look

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass requests on; look while the server's lifespan lasts."""
        if scope["type"] != "lifespan":
            await self.app(scope, receive, send)
            return
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._keep_looking)
            await self.app(scope, receive, send)
            tasks.cancel_scope.cancel()

    async def _keep_looking(self) -> None:
        while True:
            try:
                await anyio.to_thread.run_sync(self.look)
            except NotPublished as error:
                _log.debug("nothing to prepare: %s", error)
            await anyio.sleep(LOOK_SECONDS)

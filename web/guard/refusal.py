"""How a request is refused: a status and one sentence that says why."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send


@dataclass(frozen=True)
class Refusal:
    """An ASGI application that answers with ``why``; a websocket is refused before it opens."""

    status: int
    why: str
    headers: Mapping[str, str] = field(default_factory=dict)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        answer = PlainTextResponse(f"{self.why}\n", self.status, dict(self.headers))
        await answer(scope, receive, send)

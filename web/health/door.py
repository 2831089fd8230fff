"""``/health``, ``/health/live`` and ``/health/ready``: whether the service works, for machines.

They are answered to everybody, before the guard and under any host name: monitoring and what
starts after us have no login. So a stranger learns the names of the parts, and of each whether it
works, and nothing else. Who may see the pages (a user, the owner's token, anybody where there is no
login) gets the sentences and measures, too.

- ``/health/live``: the process answers. It looks at nothing: restart it when this fails.
- ``/health/ready``: requests can be served: the rows and Dagster's storage can be read, the code
  server answers. Send it no requests while this fails.
- ``/health``: all parts. Look at it when this fails.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import anyio
import anyio.to_thread
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from web.guard.guard import READING, refusal_of
from web.guard.login import Login, Visitor
from web.guard.origins import OwnNames
from web.health.looks import Looks
from web.health.part import Finding

HEALTH, LIVE, READY = "/health", "/health/live", "/health/ready"
NO_STORE = {"Cache-Control": "no-store"}


@dataclass
class HealthDoor:
    """ASGI middleware: answers the three addresses, passes everything else on."""

    app: ASGIApp
    looks: Looks
    login: Login
    own: OwnNames
    turns: anyio.Lock = field(default_factory=anyio.Lock)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass the request on."""
        path = scope["path"].rstrip("/") if scope["type"] == "http" else ""
        if path not in (HEALTH, LIVE, READY) or scope["method"] not in READING:
            await self.app(scope, receive, send)
            return
        if path == LIVE:
            answer = JSONResponse({"status": "ok"}, headers=NO_STORE)
        else:
            found = await self._chosen(path)
            shows_all = await self._may_see(scope)
            answer = health_answer(found, shows_all=shows_all)
        await answer(scope, receive, send)

    async def _chosen(self, path: str) -> Mapping[str, Finding]:
        """The findings that the address is about; one thread at a time waits for them."""
        async with self.turns:
            found = await anyio.to_thread.run_sync(self.looks.current)
        serving = {part.name for part in self.looks.parts if part.serves or path == HEALTH}
        return {name: finding for name, finding in found.items() if name in serving}

    async def _may_see(self, scope: Scope) -> bool:
        """Whether who asks could see the pages: by our own name, no other site's page, logged in.

        Without these checks any page open in a browser on this machine could ask where there is no
        login.
        """
        connection = HTTPConnection({**scope, "own_names": self.own})
        if not self.own.is_known(connection.headers.get("host", "")) or refusal_of(connection):
            return False
        return isinstance(await self.login.visitor(connection), Visitor)


def health_answer(found: Mapping[str, Finding], *, shows_all: bool) -> JSONResponse:
    """200 when nothing fails, else 503."""
    is_well = all(finding.ok is not False for finding in found.values())
    answer: dict[str, object] = {
        "status": "ok" if is_well else "failing",
        "checks": {name: finding.ok for name, finding in found.items()},
    }
    if shows_all:
        answer["parts"] = {name: described(finding) for name, finding in found.items()}
    return JSONResponse(answer, 200 if is_well else 503, NO_STORE)


def described(finding: Finding) -> dict[str, object]:
    """A finding as JSON."""
    advice = {"advice": finding.advice} if finding.advice else {}
    return {"ok": finding.ok, "said": finding.said, **advice, **finding.facts}

"""``/health``: whether the service works, for monitoring and for what starts after it.

``200 {"status": "ok", ...}`` when all holds, else ``503``, with a yes or no for each part:
Dagster's storage and the rows can be read, the daemon is alive, the code server answers, the disk
has room.
Nobody has to log in, so it says no more than that: no names, no paths, no counts.
"""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import anyio
import anyio.to_thread
import dagster as dg
from dagster._core.remote_representation.code_location import GrpcServerCodeLocation
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._daemon.controller import all_daemons_live
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from resources.configuration.settings import Settings
from resources.stores.free_space import has_room

PATH = "/health"

CHECK_SECONDS = 5.0
"""A part that does not answer within it does not work."""

GOOD_FOR_SECONDS = 2.0
"""One look serves all who ask within it: strangers may ask, and each look costs something."""

HEARTBEAT_SECONDS = 30
SILENT_SECONDS = 120
"""The daemon's parts say every 30 s that they live; on a busy machine one may be late."""

Check = Callable[[], bool]

logger = logging.getLogger(__name__)


@dataclass
class Health:
    """An ASGI application that looks at each part and says whether it works."""

    checks: Mapping[str, Check]
    found: Mapping[str, bool] = field(default_factory=dict)
    looked_at_s: float = float("-inf")
    looking: anyio.Lock = field(default_factory=anyio.Lock)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        found = await self._current()
        is_well = all(found.values())
        status = {"status": "ok" if is_well else "failing", "checks": dict(found)}
        answer = JSONResponse(status, 200 if is_well else 503, {"Cache-Control": "no-store"})
        await answer(scope, receive, send)

    async def _current(self) -> Mapping[str, bool]:
        async with self.looking:
            if time.monotonic() - self.looked_at_s > GOOD_FOR_SECONDS:
                self.found = await results(self.checks)
                self.looked_at_s = time.monotonic()
            return self.found


async def results(checks: Mapping[str, Check]) -> Mapping[str, bool]:
    """Each part's answer; all are asked at the same time."""
    found = dict.fromkeys(checks, False)

    async def look(name: str) -> None:
        found[name] = await is_working(name, checks[name])

    async with anyio.create_task_group() as tasks:
        for name in checks:
            tasks.start_soon(look, name)
    return found


async def is_working(name: str, check: Check) -> bool:
    """Whether the check says yes in time. Why not is in the log, which strangers do not see."""
    try:
        with anyio.fail_after(CHECK_SECONDS):
            return await anyio.to_thread.run_sync(check, abandon_on_cancel=True)
    except Exception:  # the boundary: whatever goes wrong in a part, it does not work
        logger.exception("/health: %s does not work", name)
        return False


def health_of(settings: Settings, context: WorkspaceProcessContext) -> Health:
    """The parts of this service."""
    instance = context.instance
    return Health(
        {
            "storage": lambda: can_read(settings, instance),
            "daemon": lambda: all_daemons_live(
                instance,
                heartbeat_interval_seconds=HEARTBEAT_SECONDS,
                heartbeat_tolerance_seconds=SILENT_SECONDS,
            ),
            "code_server": lambda: answers(context),
            "disk": lambda: has_room(settings),
        }
    )


def can_read(settings: Settings, instance: dg.DagsterInstance) -> bool:
    """True when Dagster's runs and events, and the folder of the rows, can be read; else raises."""
    instance.get_runs(limit=1)
    instance.event_log_storage.get_maximum_record_id()
    next(settings.media_home.rows.iterdir(), None)
    return True


def answers(context: WorkspaceProcessContext) -> bool:
    """Whether each code location is loaded, and its server answers now."""
    for entry in context.get_current_workspace().code_location_entries.values():
        location = entry.code_location
        if location is None:
            return False
        if isinstance(location, GrpcServerCodeLocation):
            location.client.ping("health")
    return True

"""The first page: how far each batch is, the work under way, and what waits for a person.

Two of its parts are asked for again while it is open: what changes by the second, and what changes
with a publication of the tables.
"""

from datetime import UTC, datetime
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from media_assets.curation.work_control import (
    cancel_batch,
    change_workers,
    pause_all,
    pause_batch,
    resume_batch,
)
from resources.orchestration.stuck_rows import stuck_now
from resources.orchestration.worker_counts import UnusableWorkerCount
from resources.rows.row_store import RowStore
from resources.stores.free_space import why_to_wait
from web.gallery.base.changes import change, form_values
from web.gallery.base.edits import decider
from web.gallery.base.gallery import gallery_of
from web.gallery.base.page import page
from web.gallery.home.attention import attention_of
from web.gallery.home.batches import BatchState, batches_of
from web.gallery.home.dashboard import MOST_BATCHES, dashboard_of, published_or_none
from web.gallery.home.surroundings import disk_of, engines_now

PATH = "/gallery/home"
NO_BATCH = "There is no such batch (any more). Load the page again."
NO_CHOICE = "This cannot be done here. Load the page again: the program was updated."
NO_NUMBER = "The number of workers must be a whole number."


async def home_page(request: Request) -> Response:
    """The whole page."""
    values = await run_in_threadpool(now_values, request)
    around = await around_values(request)
    return page(request, "pages/home.html", {**values, **around})


def now_part(request: Request) -> Response:
    """What changes by the second."""
    return page(request, "pages/home_now.html", now_values(request))


async def around_part(request: Request) -> Response:
    """What changes less often."""
    return page(request, "pages/home_around.html", await around_values(request))


def now_values(request: Request) -> dict[str, object]:
    """What the part needs."""
    found = dashboard_of(gallery_of(request))
    return {
        "now": found,
        "batches": found.batches[:MOST_BATCHES],
        "more": max(0, len(found.batches) - MOST_BATCHES),
        "at": datetime.now(UTC),
        "duration": duration,
    }


async def around_values(request: Request) -> dict[str, object]:
    """What the other part needs."""
    health = await run_in_threadpool(request.app.state.looks.current)
    found = await run_in_threadpool(slow_values, request)
    return {"health": health, "duration": duration, **found}


def slow_values(request: Request) -> dict[str, object]:
    """What waits for a person, the disk, the models."""
    gallery = gallery_of(request)
    published = published_or_none(gallery)
    ask_above = gallery.settings.ask_above_sources
    return {
        "attention": published.remembered(attention_of, ask_above) if published else None,
        "stuck": stuck_now(RowStore(gallery.settings.media_home.rows)),
        "lacking": why_to_wait(gallery.settings),
        "disk": disk_of(gallery.settings),
        "engines": engines_now(),
    }


def duration(minutes: float) -> str:
    """Minutes in words."""
    if minutes < 1:
        return "less than a minute"
    return f"{minutes:.0f} min" if minutes < 90 else f"{minutes / 60:.1f} h"


def cancel_page(request: Request) -> Response:
    """Ask before a batch is canceled."""
    return page(request, "pages/home_cancel.html", {"batch": batch_named(request, asked(request))})


def asked(request: Request) -> str:
    """The batch that the address names."""
    return request.query_params.get("batch", "")


def batch_named(request: Request, name: str) -> BatchState:
    """A published batch. Raises HTTPException (404)."""
    batches = gallery_of(request).published().remembered(batches_of)
    found = next((one for one in batches if one.batch == name), None)
    if found is None:
        raise HTTPException(404, NO_BATCH)
    return found


async def control_batch(request: Request) -> Response:
    """Pause, resume or cancel the batch of the form."""
    form = await form_values(request)
    batch = await run_in_threadpool(batch_named, request, form.get("batch", ""))
    await run_in_threadpool(controlled, request, batch.batch, form.get("do", ""))
    return back()


def controlled(request: Request, batch: str, do: str) -> None:
    """Do it, in the visitor's name. Raises HTTPException (400)."""
    gallery, by = gallery_of(request), decider(request)
    instance, home = gallery.dagster.instance, gallery.settings.media_home
    match do:
        case "pause":
            pause_batch(instance, home, batch, by=by)
        case "resume":
            resume_batch(instance, home, batch, by=by)
        case "cancel":
            cancel_batch(instance, home, batch, by=by)
        case _:
            raise HTTPException(400, NO_CHOICE)


async def control_all(request: Request) -> Response:
    """Pause or resume all work."""
    do = (await form_values(request)).get("do")
    if do not in ("pause", "resume"):
        raise HTTPException(400, NO_CHOICE)
    gallery, by = gallery_of(request), decider(request)
    instance, home = gallery.dagster.instance, gallery.settings.media_home
    await run_in_threadpool(pause_all, instance, home, by, is_paused=do == "pause")
    return back()


async def control_workers(request: Request) -> Response:
    """Set a number of workers."""
    form = await form_values(request)
    try:
        count = int(form.get("count", ""))
    except ValueError as error:
        raise HTTPException(400, NO_NUMBER) from error
    await run_in_threadpool(workers_set, request, count, form.get("kind") == "with_models")
    return back()


def workers_set(request: Request, count: int, with_models: bool) -> None:
    """Set it. Raises HTTPException (400) beyond what the settings allow."""
    gallery, by = gallery_of(request), decider(request)
    instance = gallery.dagster.instance
    try:
        change_workers(instance, gallery.settings, by, count, with_models=with_models)
    except UnusableWorkerCount as error:
        raise HTTPException(400, str(error)) from error


def back() -> Response:
    """Show the page again."""
    return RedirectResponse(quote(PATH), 303)


ROUTES: tuple[BaseRoute, ...] = (
    Route(PATH, home_page, name="home"),
    Route(f"{PATH}/now", now_part, name="home_now"),
    Route(f"{PATH}/around", around_part, name="home_around"),
    Route(f"{PATH}/cancel", cancel_page, name="home_cancel"),
    change(f"{PATH}/batch", control_batch),
    change(f"{PATH}/all", control_all),
    change(f"{PATH}/workers", control_workers),
)

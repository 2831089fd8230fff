"""What is out of date, by cause: one button per cause requests the runs that make it again."""

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from web.gallery.base.changes import change, form_values
from web.gallery.base.gallery import gallery_of
from web.gallery.base.page import page
from web.gallery.base.runs import request_work
from web.gallery.review.counts import counts_of
from web.gallery.review.stale_causes import MOST_SOURCES, causes_of, sources_of

PATH = "/gallery/review/stale"
GONE = "Nothing is out of date for this cause (any more). Load the page again."


def stale_page(request: Request) -> Response:
    """Every cause, the largest first."""
    published = gallery_of(request).published()
    values = {
        "counts": published.remembered(counts_of),
        "causes": published.remembered(causes_of),
        "most": MOST_SOURCES,
    }
    return page(request, "pages/review_stale.html", values)


async def make_again(request: Request) -> Response:
    """Request the runs for one cause."""
    said = await form_values(request)
    return await run_in_threadpool(made_again, request, said)


def made_again(request: Request, said: dict[str, str]) -> Response:
    """Request them and say which. Raises HTTPException (404) for what is no cause now."""
    medium, asset, gap, why = (said.get(name, "") for name in ("medium", "asset", "gap", "why"))
    sources = sources_of(gallery_of(request).published(), medium, asset, gap, why)
    if not sources:
        raise HTTPException(404, GONE)
    runs = request_work(request, sources, {medium: [asset]}, force=gap == "possibly_stale")
    values = {"assets": [asset], "sources": len(sources), "runs": runs, "back": PATH}
    return page(request, "pages/review_requested.html", values)


ROUTES: tuple[BaseRoute, ...] = (
    Route(PATH, stale_page, name="review_stale"),
    change(f"{PATH}/run", make_again, name="make_stale_again"),
)

"""Review: how much needs a person, and what went wrong, with a button to try it again."""

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from media_assets.curation.retry_request import ask_again
from resources.rows.row_store import RowStore
from resources.sources.selected import Selected
from web.gallery.base.changes import change, form_values
from web.gallery.base.edits import decider
from web.gallery.base.gallery import gallery_of
from web.gallery.base.page import page
from web.gallery.base.runs import request_work
from web.gallery.review.counts import counts_of
from web.gallery.review.failures import (
    OUTCOMES,
    left_out,
    outcome_of,
    results,
    with_outcome,
)

PATH = "/gallery/review"
GONE = "There is no such result (any more): it was made again since the page was loaded."


def review_page(request: Request) -> Response:
    """What there is to review."""
    counts = gallery_of(request).published().remembered(counts_of)
    return page(request, "pages/review.html", {"counts": counts})


def failures_page(request: Request) -> Response:
    """Results with one outcome, ``after`` a source and asset of the page before."""
    published = gallery_of(request).published()
    asked = request.query_params
    counts = published.remembered(counts_of)
    outcome = asked.get("outcome", next(filter(counts.failures.get, OUTCOMES), "failed"))
    if outcome not in OUTCOMES:
        raise HTTPException(400, f"There is no outcome of this name: {', '.join(OUTCOMES)}.")
    rows, has_more = results(published, outcome, (asked.get("after", ""), asked.get("asset", "")))
    values = {
        "counts": counts,
        "outcomes": OUTCOMES,
        "outcome": outcome,
        "rows": rows,
        "has_more": has_more,
    }
    return page(request, "pages/review_failures.html", values)


def left_out_page(request: Request) -> Response:
    """Files of the landing folders that were not taken."""
    published = gallery_of(request).published()
    asked = request.query_params
    after = (asked.get("root", ""), asked.get("after", ""), asked.get("state", ""))
    rows, has_more = left_out(published, after)
    values = {"counts": published.remembered(counts_of), "rows": rows, "has_more": has_more}
    return page(request, "pages/review_left_out.html", values)


async def retry(request: Request) -> Response:
    """Try one result again, or all that failed."""
    said = await form_values(request)
    return await run_in_threadpool(retried, request, said)


def retried(request: Request, said: dict[str, str]) -> Response:
    """Request the runs. What the file itself is the reason of is made anew, as is what is worse."""
    published = gallery_of(request).published()
    if (outcome := said.get("all")) in ("failed", "dead"):
        chosen = with_outcome(published, outcome)
        return requested(request, chosen, force=False)
    source = Selected(said.get("medium", ""), said.get("source_id", ""))
    asset = said.get("asset", "")
    outcome = outcome_of(published, source, asset)
    if outcome not in OUTCOMES:
        raise HTTPException(404, GONE)
    return requested(request, [(source, asset)], force=outcome != "failed")


def requested(request: Request, chosen: list[tuple[Selected, str]], *, force: bool) -> Response:
    """The page that says which runs were requested."""
    assets: dict[str, set[str]] = {}
    for source, asset in chosen:
        assets.setdefault(source.medium, set()).add(asset)
    sources = sorted({source for source, _ in chosen})
    if not force:
        store = RowStore(gallery_of(request).settings.media_home.rows)
        ask_again(store, [(one.source_id, asset) for one, asset in chosen], by=decider(request))
    runs = request_work(request, sources, assets, force=force, leave_stale=not force)
    names = sorted({asset for _, asset in chosen})
    values = {"assets": names, "sources": len(sources), "runs": runs, "back": f"{PATH}/failures"}
    return page(request, "pages/review_requested.html", values)


ROUTES: tuple[BaseRoute, ...] = (
    Route(PATH, review_page, name="review"),
    Route(f"{PATH}/failures", failures_page, name="review_failures"),
    Route(f"{PATH}/not-taken", left_out_page, name="review_left_out"),
    change(f"{PATH}/retry", retry),
)

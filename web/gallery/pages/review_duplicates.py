"""Duplicates side by side, with the suggested best copy; what people say of them is written down.

Nothing is ever deleted. The tables are published a moment later, so what was said since is read
from the rows.
"""

from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from media_assets.curation.duplicate_verdict import (
    DuplicateVerdict,
    Verdict,
    decide,
    verdicts_of,
)
from resources.rows.row_store import RowStore
from web.gallery.base.changes import change
from web.gallery.base.edits import decider
from web.gallery.base.gallery import gallery_of
from web.gallery.base.page import page
from web.gallery.base.whole_form import whole_form
from web.gallery.review.counts import counts_of
from web.gallery.review.duplicate_groups import (
    GROUPS_PER_PAGE,
    Key,
    anchor_of,
    copies_of,
    group_keys,
    groups_of,
    ids_of,
    keys_after,
    members_of,
)

PATH = "/gallery/review/duplicates"
GONE = "There is no such group of duplicates (any more). Load the page again."
UNKNOWN = "This is no verdict: same, different, keep_best or undecided."
NO_BEST = "Choose which copy is the best one."
WORDS = {
    Verdict.SAME: "the same picture, all are kept",
    Verdict.KEEP_BEST: "the same picture, the best copy is enough",
    Verdict.DIFFERENT: "different pictures",
}


def duplicates_page(request: Request) -> Response:
    """One page of groups; ``decided=1`` shows those that somebody has decided."""
    gallery, asked = gallery_of(request), request.query_params
    published, is_decided = gallery.published(), asked.get("decided") == "1"
    keys = published.remembered(group_keys, is_decided=is_decided)
    tier, after = asked.get("tier", ""), asked.get("after", "")
    shown = keys_after(keys, (tier, after) if tier else None)
    said = verdicts_of(
        RowStore(gallery.settings.media_home.rows), ids_of(copies_of(published, shown))
    )
    has_more = len(shown) == GROUPS_PER_PAGE and shown[-1] != keys[-1]
    values = {
        "counts": published.remembered(counts_of),
        "groups": groups_of(published, shown, said),
        "total": len(keys),
        "is_decided": is_decided,
        "words": WORDS,
        "here": {"tier": tier, "after": after, "decided": asked.get("decided", "")},
        "next": shown[-1] if has_more else None,
    }
    return page(request, "pages/review_duplicates.html", values)


async def say_verdict(request: Request) -> Response:
    """Write down what the form says of one group."""
    form = await whole_form(request)
    return await run_in_threadpool(written_down, request, form)


def written_down(request: Request, form: FormData) -> Response:
    """Append the verdicts, then show the page again where one was."""
    gallery = gallery_of(request)
    key = (str(form.get("tier", "")), str(form.get("group_id", "")))
    members = members_of(gallery.published(), key)
    if not members:
        raise HTTPException(404, GONE)
    verdicts = verdicts_in(form, key, members, decider(request))
    decide(RowStore(gallery.settings.media_home.rows), verdicts)
    here = {name: str(form.get(f"here_{name}", "")) for name in ("tier", "after", "decided")}
    said = urlencode({name: value for name, value in here.items() if value})
    page_of_it = f"{PATH}?{said}" if said else PATH
    return RedirectResponse(f"{page_of_it}#{anchor_of(*key)}", 303)


def verdicts_in(form: FormData, key: Key, members: list[str], by: str) -> list[DuplicateVerdict]:
    """One verdict per picture meant: those ticked are different, or all. Raises HTTPException."""
    try:
        verdict = Verdict(str(form.get("verdict", "")))
    except ValueError as error:
        raise HTTPException(400, UNKNOWN) from error
    best = str(form.get("best", "")) if verdict is Verdict.KEEP_BEST else None
    if best is not None and best not in members:
        raise HTTPException(400, NO_BEST)
    ticked = {str(one) for one in form.getlist("different")} & set(members)
    meant = sorted(ticked) if verdict is Verdict.DIFFERENT and ticked else members
    return [DuplicateVerdict(one, *key, verdict, best, by) for one in meant]


ROUTES: tuple[BaseRoute, ...] = (
    Route(PATH, duplicates_page, name="review_duplicates"),
    change(f"{PATH}/verdict", say_verdict),
)

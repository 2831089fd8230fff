"""Pictures made again: the runs are requested, and the page links to them."""

from collections.abc import Sequence

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from media_assets.media import image_recipes
from resources.language.hints import LONGEST_HINT, hint_of
from resources.sources.selected import Selected
from resources.warehouse.published_file import PublishedFile
from web.gallery.actions.action import chosen_ids
from web.gallery.base.changes import change
from web.gallery.base.gallery import gallery_of
from web.gallery.base.page import page
from web.gallery.base.runs import request_work
from web.gallery.base.way_back import PICTURE, way_back
from web.gallery.base.whole_form import whole_form

OF_THESE = "select image_id from images where image_id in (select unnest(?::varchar[]))"
GONE = "None of these pictures is there (any more)."
NO_ASSET = "Choose at least one thing to make again."
UNKNOWN = "There is no such thing to make again. Load the page again: the program was updated."
LONG_HINT = f"A hint has at most {LONGEST_HINT:,} characters."


async def reprocess(request: Request) -> Response:
    """Request the runs for the fields ``id``, ``asset`` and ``hint`` of the form."""
    ids = await chosen_ids(request)
    form = await whole_form(request)
    assets, hint = chosen_assets(form), hint_in(form)
    return await run_in_threadpool(reprocessed, request, ids, assets, hint)


def chosen_assets(form: FormData) -> list[str]:
    """The derivatives that were ticked. Raises HTTPException (400) for none or an unknown one."""
    names = list(dict.fromkeys(str(value) for value in form.getlist("asset")))
    if not names:
        raise HTTPException(400, NO_ASSET)
    if not set(names) <= set(image_recipes()):
        raise HTTPException(400, UNKNOWN)
    return names


def hint_in(form: FormData) -> str:
    """The hint that was typed. Raises HTTPException (400) for one too long."""
    hint = str(form.get("hint") or "").replace("\r\n", "\n").strip()
    if len(hint) > LONGEST_HINT:
        raise HTTPException(400, LONG_HINT)
    return hint


def reprocessed(request: Request, ids: Sequence[str], assets: Sequence[str], hint: str) -> Response:
    """Request the runs and say which. Raises HTTPException (404) when no picture is there."""
    there = known_ids(gallery_of(request).published(), ids)
    if not there:
        raise HTTPException(404, GONE)
    sources = [Selected("image", one) for one in there]
    runs = request_work(request, sources, {"image": assets}, force=True, hint=hint_of(hint))
    values = {
        "assets": assets,
        "pictures": len(there),
        "left_out": len(ids) - len(there),
        "runs": runs,
        "back": (back := way_back(request)),
        "is_back_to_one": back.startswith(PICTURE),
    }
    return page(request, "pages/reprocess.html", values)


def known_ids(published: PublishedFile, ids: Sequence[str]) -> list[str]:
    """Those that are pictures, in their order."""
    there = {image_id for (image_id,) in published.rows(OF_THESE, [list(ids)]).rows}
    return [one for one in ids if one in there]


ROUTES: tuple[BaseRoute, ...] = (change("/gallery/reprocess", reprocess),)

"""One picture: its viewing copy, what is laid over it, and a section per panel."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from media_assets.search.ranking.hybrid_search import SearchQuestion, search
from web.gallery.base.page import page
from web.gallery.grid.asked import asked_of
from web.gallery.grid.blocks import position_of
from web.gallery.grid.hits import hit_ids
from web.gallery.grid.order import order_of
from web.gallery.grid.pictures import NO_THUMBNAIL, pictures_of_ids, rendition_address
from web.gallery.panels import description
from web.gallery.panels.lineage import run_address
from web.gallery.panels.panel import Section, Shown, sections, shown_picture

PATH = "/gallery/pictures"
GRID = "/gallery"
SEARCH = "/gallery/search"
MOST_SIMILAR = 18
GONE = "There is no picture with this id (any more)."
NEIGHBORS = "select rowid, image_id from images where rowid in (select unnest(?::bigint[]))"
SAVED = {
    "edit": "Saved.",
    "prefer": "This version counts from now on.",
    "nothing": "Nothing was changed.",
}


def picture_page(request: Request) -> Response:
    """The page of one picture; 404 for an id that is none."""
    shown = shown_or_404(request)
    found = sections(request.app.state.panels, shown)
    values = {
        "picture": pictures_of_ids(shown.published, [shown.image_id])[0],
        "facts": shown.facts,
        "title": title_of(found),
        "copy": viewing_copy(shown),
        "size": overlay_size(shown),
        "overlays": [one for one in found if one.panel.overlay],
        "beside": [one for one in found if not one.panel.is_wide],
        "below": [one for one in found if one.panel.is_wide],
        "saved": saved_note(request),
        "view": shown.view,
        "question": shown.question,
        "trail": shown.address(""),
        "trail_pairs": shown.trail,
        **around(shown),
    }
    return page(request, "pages/picture.html", values)


def shown_or_404(request: Request) -> Shown:
    """The picture that the address names. Raises HTTPException (400, 404)."""
    view, question = asked_of(request)
    shown = shown_picture(request, str(request.path_params["image_id"]), view, question)
    if shown is None:
        raise HTTPException(404, GONE)
    return shown


def title_of(found: Sequence[Section]) -> str | None:
    """The title as the description says it, which knows of edits before they are published."""
    said = (one for one in found if one.panel.name == description.PANEL.name)
    fields = (field for one in said for field in one.values["fields"])
    return next((field["texts"][0] for field in fields if field["name"] == "title"), None)


def viewing_copy(shown: Shown) -> dict[str, Any]:
    """Its address and size in px; a drawing that says so where none could be made."""
    address = rendition_address(shown.facts["viewing_copy_path"])
    files = next((a["files"] for a in shown.artifacts if a["asset"] == "viewing_copy"), None)
    file = files[0] if files and address else {}
    return {
        "address": address,
        "source": address or NO_THUMBNAIL,
        "width": file.get("width_px"),
        "height": file.get("height_px"),
    }


def overlay_size(shown: Shown) -> tuple[int, int] | None:
    """Width and height of the upright image in px, in which boxes are given."""
    width, height = shown.facts["width_px"], shown.facts["height_px"]
    return (width, height) if width and height else None


def around(shown: Shown) -> dict[str, str | None]:
    """Addresses of where one came from, and of the picture before and after it there."""
    ids = hits_around(shown) if shown.question else pictures_around(shown)
    addresses = [shown.address(f"{PATH}/{quote(one)}") if one else None for one in ids]
    return {"whence": whence(shown), "before": addresses[0], "after": addresses[1]}


def whence(shown: Shown) -> str:
    """The grid or the hits at this picture."""
    if shown.question:
        return f"{shown.address(SEARCH)}#p-{quote(shown.image_id)}"
    return shown.address(GRID, at=shown.image_id)


def hits_around(shown: Shown) -> tuple[str | None, str | None]:
    """Ids of the better and the next best hit."""
    published = shown.published
    ids = published.remembered(hit_ids, shown.gallery, shown.view, shown.question)
    if shown.image_id not in ids:
        return None, None
    at = ids.index(shown.image_id)
    return (ids[at - 1] if at else None), next(iter(ids[at + 1 : at + 2]), None)


def pictures_around(shown: Shown) -> tuple[str | None, str | None]:
    """Ids of the picture before and after it in the view."""
    order = shown.published.remembered(order_of, shown.view)
    at = position_of(shown.published, order, shown.image_id)
    if at is None:
        return None, None
    places = [int(order.rows[one]) for one in (at - 1, at + 1) if 0 <= one < len(order)]
    ids = dict(shown.published.rows(NEIGHBORS, [places]).rows) if places else {}
    before = ids[places[0]] if at else None
    return before, ids[places[-1]] if at + 1 < len(order) else None


def saved_note(request: Request) -> dict[str, str | None] | None:
    """What was done by the form before, and the run that follows from it."""
    text = SAVED.get(request.query_params.get("saved", ""))
    run = run_address(request.query_params.get("run"))
    return {"text": text, "run": run} if text else None


def similar_page(request: Request) -> Response:
    """Pictures that look or read alike, as ``media search --like`` finds them."""
    shown = shown_or_404(request)
    settings = shown.gallery.settings
    asked = SearchQuestion(like=shown.image_id, limit=MOST_SIMILAR + 1)
    answer = search(settings.media_home, asked, lambda: settings)
    ids = [hit.source_id for hit in answer.hits if hit.source_id != shown.image_id][:MOST_SIMILAR]
    values = {
        "picture": pictures_of_ids(shown.published, [shown.image_id])[0],
        "similar": pictures_of_ids(shown.published, ids),
        "notes": answer.notes,
    }
    return page(request, "pages/similar.html", values)


ROUTES: tuple[BaseRoute, ...] = (
    Route(f"{PATH}/{{image_id}}", picture_page, name="picture"),
    Route(f"{PATH}/{{image_id}}/similar", similar_page, name="similar"),
)

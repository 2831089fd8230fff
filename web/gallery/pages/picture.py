"""One picture: its viewing copy, what is laid over it, and a section per panel."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from media_assets.search.ranking.hybrid_search import SearchQuestion, search
from resources.warehouse.published_file import PublishedFile
from web.gallery.base.page import page
from web.gallery.grid.blocks import position_of
from web.gallery.grid.order import order_of
from web.gallery.grid.pictures import NO_THUMBNAIL, pictures_of_ids, rendition_address
from web.gallery.grid.view import BadView, View
from web.gallery.panels import description
from web.gallery.panels.lineage import run_address
from web.gallery.panels.panel import Section, Shown, sections, shown_picture

PATH = "/gallery/pictures"
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
        **around(shown),
    }
    return page(request, "pages/picture.html", values)


def shown_or_404(request: Request) -> Shown:
    """The picture that the address names. Raises HTTPException (400, 404)."""
    try:
        view = View.of(request.query_params)
    except BadView as error:
        raise HTTPException(400, str(error)) from error
    shown = shown_picture(request, str(request.path_params["image_id"]), view)
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
    """Addresses of the grid at this place, and of the picture before and after it in the view."""
    grid = shown.view.address(at=shown.image_id)
    order = shown.published.remembered_large(order_of, shown.view)
    position = position_of(shown.published, order, shown.image_id)
    if position is None:
        return {"grid": grid, "before": None, "after": None}
    rows = {
        name: int(order.rows[at])
        for name, at in (("before", position - 1), ("after", position + 1))
        if 0 <= at < len(order)
    }
    ids = ids_of_rows(shown.published, list(rows.values()))
    addresses = {name: picture_address(shown.view, ids[row]) for name, row in rows.items()}
    return {"grid": grid, "before": None, "after": None, **addresses}


def ids_of_rows(published: PublishedFile, rows: list[int]) -> dict[int, str]:
    """Row number -> id."""
    return dict(published.rows(NEIGHBORS, [rows]).rows) if rows else {}


def picture_address(view: View, image_id: str) -> str:
    """The page of a picture, which knows the grid that one came from."""
    return view.address(f"{PATH}/{quote(image_id)}")


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

"""The grid: all pictures in justified rows, through which one scrolls without end.

The page itself holds one block, with links to the next and the previous one, and works like that
without scripts; ``static/grid.js`` asks for the blocks above and below while somebody scrolls, and
keeps in the address where one is.
"""

from starlette.datastructures import QueryParams
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from resources.warehouse.published_file import PublishedFile
from web.gallery.actions.action import MOST_PICTURES, actions_for
from web.gallery.base.gallery import gallery_of
from web.gallery.base.page import page
from web.gallery.grid.blocks import block_after, block_around, block_before, position_of
from web.gallery.grid.counts import all_facets
from web.gallery.grid.order import Order, order_of
from web.gallery.grid.pictures import id_of
from web.gallery.grid.ranges import LongRange, NoEnd, ids_between
from web.gallery.grid.rows import width_class
from web.gallery.grid.view import GROUPS, SORTS, BadView, View

PATH = "/gallery"
WIDTH_COOKIE = "media-width"
"""Set by the script, so that the next page has rows for this window from the start."""


def grid_page(request: Request) -> Response:
    """The whole page, at the place that ``at`` names (a date or an id), else at the beginning."""
    gallery = gallery_of(request)
    published = gallery.published()
    view = view_of(request)
    order = published.remembered(order_of, view)
    at = request.query_params.get("at", "")
    position = position_of(published, order, at) if at else 0
    width = width_of(request)
    block = block_around(published, view, width, position or 0)
    landing = [str(root.path) for root in gallery.settings.roots]
    values = {
        "list_path": PATH,
        "question": "",
        "view": view,
        "block": block,
        "width": width,
        "place": place_of(published, order, position) if at else "",
        "is_lost": bool(at) and position is None,
        "sorts": SORTS,
        "groups": GROUPS,
        "months": order.months if SORTS[view.sort].moment and view.group != "batch" else [],
        "facets": all_facets(published, view) if "filters" in request.query_params else None,
        "landing": landing,
        "earlier": block and page_from(published, view, block.start - 1),
        "later": block and page_from(published, view, block.stop),
        "actions": actions_for(request),
    }
    return page(request, "pages/grid.html", values)


def block_part(request: Request) -> Response:
    """The block ``after`` or ``before`` a picture, or around a place, for the script; else 204."""
    published = gallery_of(request).published()
    view, width, asked = view_of(request), width_of(request), request.query_params
    place = ""
    if "after" in asked:
        block = block_after(published, view, width, asked["after"])
    elif "before" in asked:
        block = block_before(published, view, width, asked["before"])
    else:
        order = published.remembered(order_of, view)
        position = asked_position(published, order, asked)
        place = place_of(published, order, position)
        block = block_around(published, view, width, position)
    if block is None:
        return Response(status_code=204)
    return page(request, "pages/grid_block.html", {"block": block, "view": view, "place": place})


def asked_position(published: PublishedFile, order: Order, asked: QueryParams) -> int:
    """Where ``at`` (a date or an id) or ``position`` (a number from 0) is; else the beginning."""
    number = asked.get("position", "")
    if number.isascii() and number.isdecimal() and len(number) < 12:
        return int(number)
    return position_of(published, order, asked.get("at", "")) or 0


def place_of(published: PublishedFile, order: Order, position: int | None) -> str:
    """The id of the picture at this position, to be scrolled to; empty for none."""
    if position is None or not len(order):
        return ""
    return id_of(published, int(order.rows[min(position, len(order) - 1)]))


def facets_part(request: Request) -> Response:
    """What the pictures of the view can be narrowed down by, with counts."""
    published, view = gallery_of(request).published(), view_of(request)
    values = {
        "view": view,
        "question": "",
        "facets": all_facets(published, view),
        "list_path": PATH,
    }
    return page(request, "pages/facets.html", values)


def range_part(request: Request) -> Response:
    """The ids of all pictures ``from`` one ``to`` another, for the script; 404, 413 say why not."""
    published, view = gallery_of(request).published(), view_of(request)
    first, last = (request.query_params.get(name, "") for name in ("from", "to"))
    try:
        ids = ids_between(published, view, first, last, most=MOST_PICTURES)
    except NoEnd as error:
        return JSONResponse({"detail": str(error)}, 404)
    except LongRange as error:
        return JSONResponse({"detail": str(error)}, 413)
    return JSONResponse({"ids": ids})


def view_of(request: Request) -> View:
    """What the address asks for. Raises HTTPException (400)."""
    try:
        return View.of(request.query_params)
    except BadView as error:
        raise HTTPException(400, str(error)) from error


def width_of(request: Request) -> int:
    """The class of page widths: as the script says, or as for this kind of device."""
    asked = request.query_params.get("w") or request.cookies.get(WIDTH_COOKIE)
    return width_class(asked, is_phone=request.headers.get("sec-ch-ua-mobile") == "?1")


def page_from(published: PublishedFile, view: View, position: int) -> str | None:
    """The page with the block in which this position is; None beyond the ends."""
    order = published.remembered(order_of, view)
    if not 0 <= position < len(order):
        return None
    start, _ = order.block_at(position)
    return view.address(PATH, at=id_of(published, int(order.rows[start])))


ROUTES: tuple[BaseRoute, ...] = (
    Route(PATH, grid_page, name="grid"),
    Route("/gallery/blocks", block_part, name="grid_block"),
    Route("/gallery/facets", facets_part, name="grid_facets"),
    Route("/gallery/range", range_part, name="grid_range"),
)

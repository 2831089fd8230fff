"""Search: what ``media search`` finds, as pictures, each with why it was found."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from media_assets.search.answers.results import SearchResult, results_of
from media_assets.search.ranking.hybrid_search import Answer
from resources.warehouse.published_file import PublishedFile
from web.gallery.actions.action import actions_for
from web.gallery.base.gallery import gallery_of
from web.gallery.base.page import page
from web.gallery.grid.asked import asked_of
from web.gallery.grid.counts import facets_of_ids
from web.gallery.grid.hits import MOST_HITS, answer_to, hit_ids
from web.gallery.grid.pictures import pictures_of_ids

PATH = "/gallery/search"


def search_page(request: Request) -> Response:
    """The hits for ``q``, among the pictures of the view that the address asks for."""
    gallery = gallery_of(request)
    published = gallery.published()
    view, question = asked_of(request)
    answer = answer_to(gallery, published, view, question) if question else Answer([], {}, [])
    results = results_of(answer, question, {})
    ids = [result.image_id for result in results]
    values = {
        "list_path": PATH,
        "question": question,
        "view": view,
        "hits": with_pictures(published, results),
        "notes": answer.notes,
        "most": MOST_HITS,
        "facets": facets_of_ids(published, ids) if "filters" in request.query_params else None,
        "actions": actions_for(request),
    }
    return page(request, "pages/search.html", values)


def facets_part(request: Request) -> Response:
    """What the hits can be narrowed down by, with counts among the hits."""
    gallery = gallery_of(request)
    published = gallery.published()
    view, question = asked_of(request)
    ids = published.remembered(hit_ids, gallery, view, question) if question else ()
    facets = facets_of_ids(published, ids)
    values = {"list_path": PATH, "question": question, "view": view, "facets": facets}
    return page(request, "pages/facets.html", values)


def with_pictures(
    published: PublishedFile, results: Sequence[SearchResult]
) -> list[dict[str, object]]:
    """Each result with its picture; those that are gone since are left out."""
    pictures = pictures_of_ids(published, [result.image_id for result in results])
    by_id = {picture.image_id: picture for picture in pictures}
    return [
        {"picture": by_id[result.image_id], "result": result}
        for result in results
        if result.image_id in by_id
    ]


ROUTES: tuple[BaseRoute, ...] = (
    Route(PATH, search_page, name="search"),
    Route(f"{PATH}/facets", facets_part, name="search_facets"),
)

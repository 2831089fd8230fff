"""Search: what ``media search`` finds, as pictures, each with why it was found."""

from collections.abc import Sequence

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from media_assets.search.answers.results import SearchResult, results_of
from media_assets.search.ranking.hybrid_search import Answer, SearchQuestion, search
from resources.warehouse.published_file import PublishedFile
from web.gallery.base.gallery import Gallery, gallery_of
from web.gallery.base.page import page
from web.gallery.grid.pictures import pictures_of_ids
from web.gallery.grid.view import BadView, View

PATH = "/gallery/search"
MOST_HITS = 200
LONGEST_QUESTION = 500
TOO_LONG = f"A question has at most {LONGEST_QUESTION} characters."


def search_page(request: Request) -> Response:
    """The hits for ``q``, among the pictures of the view that the address asks for."""
    gallery = gallery_of(request)
    published = gallery.published()
    question = " ".join(request.query_params.get("q", "").split())
    if len(question) > LONGEST_QUESTION:
        raise HTTPException(400, TOO_LONG)
    view = view_of(request)
    answer = answer_to(gallery, published, view, question) if question else Answer([], {}, [])
    results = results_of(answer, question, {})
    values = {
        "question": question,
        "view": view,
        "hits": with_pictures(published, results),
        "notes": answer.notes,
        "most": MOST_HITS,
    }
    return page(request, "pages/search.html", values)


def answer_to(gallery: Gallery, published: PublishedFile, view: View, question: str) -> Answer:
    """What the search finds, as the command line's does."""
    only = published.remembered_large(ids_of, view) if view.chosen else None
    asked = SearchQuestion(question, only=only, limit=MOST_HITS)
    return search(gallery.settings.media_home, asked, lambda: gallery.settings)


def ids_of(published: PublishedFile, view: View) -> frozenset[str]:
    """The ids of the pictures of a view: ``published.remembered_large(ids_of, view)``."""
    condition, values = view.condition
    sql = f"select image_id from images where {condition}"  # noqa: S608 - conditions of ours
    return frozenset(image_id for (image_id,) in published.rows(sql, values).rows)


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


def view_of(request: Request) -> View:
    """What the address asks for. Raises HTTPException (400)."""
    try:
        return View.of(request.query_params)
    except BadView as error:
        raise HTTPException(400, str(error)) from error


ROUTES: tuple[BaseRoute, ...] = (Route(PATH, search_page, name="search"),)

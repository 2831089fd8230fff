"""What ``media search`` finds among the pictures of a view."""

from media_assets.search.ranking.hybrid_search import Answer, SearchQuestion, search
from resources.warehouse.published_file import PublishedFile
from web.gallery.base.gallery import Gallery
from web.gallery.grid.view import View

MOST_HITS = 200
LONGEST_QUESTION = 500
TOO_LONG = f"A question has at most {LONGEST_QUESTION} characters."


class LongQuestion(ValueError):
    """The question has more than LONGEST_QUESTION characters."""


def question_in(text: str | None) -> str:
    """The question with single spaces; empty when nothing is asked. Raises LongQuestion."""
    question = " ".join((text or "").split())
    if len(question) > LONGEST_QUESTION:
        raise LongQuestion(TOO_LONG)
    return question


def answer_to(gallery: Gallery, published: PublishedFile, view: View, question: str) -> Answer:
    """What the search finds, as the command line's does: MOST_HITS at most, best first."""
    only = published.remembered(ids_of, view) if view.chosen else None
    asked = SearchQuestion(question, only=only, limit=MOST_HITS)
    return search(gallery.settings.media_home, asked, lambda: gallery.settings)


def hit_ids(
    published: PublishedFile, gallery: Gallery, view: View, question: str
) -> tuple[str, ...]:
    """Ids of the hits, best first: ``published.remembered(hit_ids, ...)``."""
    return tuple(hit.source_id for hit in answer_to(gallery, published, view, question).hits)


def ids_of(published: PublishedFile, view: View) -> frozenset[str]:
    """The ids of the pictures of a view: ``published.remembered(ids_of, view)``."""
    condition, values = view.condition
    sql = f"select image_id from images where {condition}"  # noqa: S608 - conditions of ours
    return frozenset(image_id for (image_id,) in published.rows(sql, values).rows)

"""``/api/search``: what ``media search`` finds, best first, each with why."""

from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Request
from pydantic import BaseModel, Field

from media_assets.search.answers.results import SearchResult, results_of
from web.gallery.api.images import Image, image_of
from web.gallery.api.problems import GONE
from web.gallery.api.view_parameters import FacetParameters
from web.gallery.base.gallery import gallery_of
from web.gallery.grid.asked import asked_of
from web.gallery.grid.hits import LONGEST_QUESTION, MOST_HITS, answer_to
from web.gallery.grid.pictures import OF_IDS

NOT_A_HIT = "No image with this id is among the hits."
NO_WORDS = "Ask for something: the question is empty."

router = APIRouter(tags=["images"])


class SearchParameters(FacetParameters):  # type: ignore[misc]  # made from the facets
    """A question among the images of a view."""

    q: str = Field(
        min_length=1, max_length=LONGEST_QUESTION, description="Words, or what a picture shows."
    )
    after: str | None = Field(None, description="Id of the last hit seen.")
    limit: int = Field(50, ge=1, le=MOST_HITS, description="Hits of one answer.")


class Hit(BaseModel):
    """One image found; ``score`` compares hits of one answer and means nothing else."""

    image: Image
    score: float
    why: str = Field(description="Why it was found, in a sentence.")


class HitPage(BaseModel):
    """Some hits; ``next`` is the value of ``after`` for the following page, null at the end."""

    total: int = Field(description=f"Hits in all, {MOST_HITS} at most.")
    items: list[Hit]
    next: str | None
    notes: list[str] = Field(description="What could not be searched, and why.")


@router.get("/search", responses=GONE)
def search_images(request: Request, asked: Annotated[SearchParameters, Query()]) -> HitPage:
    """The best hits for a question, best first."""
    view, question = asked_of(request)
    if not question:
        return HitPage(total=0, items=[], next=None, notes=[NO_WORDS])
    gallery = gallery_of(request)
    published = gallery.published()
    answer = answer_to(gallery, published, view, question)
    found = results_of(answer, question, {})
    records = published.records(OF_IDS, [[one.image_id for one in found]])
    images = {record["image_id"]: image_of(record) for record in records}
    hits = [hit_of(images[one.image_id], one) for one in found if one.image_id in images]
    start = following([hit.image.image_id for hit in hits], asked.after)
    items = hits[start : start + asked.limit]
    is_last = start + asked.limit >= len(hits)
    after = None if is_last else items[-1].image.image_id
    return HitPage(total=len(hits), items=items, next=after, notes=list(answer.notes))


def hit_of(image: Image, result: SearchResult) -> Hit:
    """One hit as JSON."""
    return Hit(image=image, score=result.score, why=result.reasons)


def following(ids: list[str], after: str | None) -> int:
    """The position after this image. Raises HTTPException (404) when it is no hit."""
    if after is None:
        return 0
    if after not in ids:
        raise HTTPException(404, NOT_A_HIT)
    return ids.index(after) + 1

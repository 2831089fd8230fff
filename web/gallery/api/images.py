"""``/api/images``: the pictures of a view, page by page."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Request
from pydantic import BaseModel, Field

from resources.warehouse.published_file import PublishedFile
from web.gallery.api.problems import GONE
from web.gallery.api.view_parameters import ViewParameters
from web.gallery.base.gallery import gallery_of
from web.gallery.grid.blocks import position_of
from web.gallery.grid.order import Order, order_of
from web.gallery.grid.pictures import OF_ROWS, RENDITIONS, rendition_address
from web.gallery.grid.view import BadView, View

MOST_PER_PAGE = 500
NO_IMAGE = "There is no image with this id."

router = APIRouter(tags=["images"])


class Image(BaseModel):
    """One image. What lies at the addresses never changes; px are of the upright image."""

    image_id: str
    file_name: str
    outcome: str
    reason: str | None
    batch: str | None
    format: str | None
    width_px: int | None
    height_px: int | None
    size_bytes: int | None
    taken_at: str | None = Field(description="ISO 8601 with what is known, in local time.")
    landed_at: datetime | None
    title: str | None
    thumbnail: str | None = Field(description=f"Address below {RENDITIONS}, at most 512 px.")
    viewing_copy: str | None = Field(description=f"Address below {RENDITIONS}.")


class ImageParameters(ViewParameters):  # type: ignore[misc]  # made from the facets
    """Which images, and from where on."""

    after: str | None = Field(None, description="Id of the last image seen.")
    limit: int = Field(100, ge=1, le=MOST_PER_PAGE, description="Images of one answer.")


class ImagePage(BaseModel):
    """Some images; ``next`` is the value of ``after`` for the following page, null at the end."""

    total: int
    items: list[Image]
    next: str | None


@router.get("/images", responses=GONE)
def list_images(
    request: Request,
    asked: Annotated[ImageParameters, Query()],
) -> ImagePage:
    """The images that have all of what is asked for, page by page."""
    published = gallery_of(request).published()
    try:
        order = published.remembered(order_of, View.of(request.query_params))
    except BadView as error:
        raise HTTPException(400, str(error)) from error
    start = 0 if asked.after is None else following(published, order, asked.after)
    items = images_of_rows(published, order.rows[start : start + asked.limit].tolist())
    is_last = start + asked.limit >= len(order)
    return ImagePage(
        total=len(order), items=items, next=None if is_last or not items else items[-1].image_id
    )


def following(published: PublishedFile, order: Order, after: str) -> int:
    """The position after this image. Raises HTTPException (404) when it is not in the view."""
    position = position_of(published, order, after)
    if position is None:
        raise HTTPException(404, NO_IMAGE)
    return position + 1


def images_of_rows(published: PublishedFile, rows: list[int]) -> list[Image]:
    """The images with these row numbers, in this order."""
    if not rows:
        return []
    found = {record["row"]: record for record in published.records(OF_ROWS, [rows])}
    return [image_of(found[row]) for row in rows]


def image_of(record: dict[str, object]) -> Image:
    """The image of one row of ``images``."""
    thumbnail, copy = record["thumbnail_large_path"], record["viewing_copy_path"]
    return Image.model_validate(
        {
            **record,
            "taken_at": record["taken_at_text"],
            "thumbnail": rendition_address(str(thumbnail)) if thumbnail else None,
            "viewing_copy": rendition_address(str(copy)) if copy else None,
        }
    )

"""``/api/images/{image_id}``: all that the page of one picture shows."""

import json
from datetime import datetime
from typing import Any

from fastapi import APIRouter, HTTPException, Request
from pydantic import BaseModel, Field

from media_assets.curation.version_list import versions_of
from resources.warehouse.published_file import PublishedFile
from web.gallery.api.images import NO_IMAGE, Image, image_of
from web.gallery.api.problems import GONE
from web.gallery.base.gallery import gallery_of
from web.gallery.grid.pictures import OF_IDS

MOST = 2000
DERIVATIVES = "select * from artifacts where source_id = ? order by position, asset"
LINES = "select * from ocr_lines where image_id = ? order by line_number limit ?"
RECORD = "select * exclude (image_id, file_name, batch) from descriptions where image_id = ?"
SIGHTINGS = "select * from sightings where source_id = ? order by seen_at desc limit ?"
PARENTS = "select parent_id, child_id, place from children where child_id = ? and is_current"
CHILDREN = "select parent_id, child_id, place from children where parent_id = ? and is_current"
RELATIVES = "{} order by place, parent_id, child_id limit ?"

router = APIRouter(tags=["images"])


class Derivative(BaseModel):
    """What was made of the image, by what; ``parameters`` are those of the engine."""

    asset: str
    outcome: str
    reason: str | None
    warnings: list[str] | None
    engine: str | None
    engine_version: str | None
    parameters: dict[str, Any]
    code_version: str | None
    fingerprint: str | None
    seconds: float | None
    run_id: str | None
    made_at: datetime | None


class Version(BaseModel):
    """One version of what is said of the image; ``says`` holds the derivative's own fields."""

    asset: str
    version: str
    is_current: bool
    is_preferred: bool
    outcome: str
    reason: str | None
    engine: str | None
    parameters: dict[str, Any]
    edited_by: str | None
    note: str | None
    run_id: str | None
    made_at: datetime
    says: dict[str, Any] | None


class TextLine(BaseModel):
    """A line of text; its box is in px of the upright image, ``confidence`` from 0 to 1."""

    line_number: int
    text: str
    confidence: float | None
    left_px: float
    top_px: float
    right_px: float
    bottom_px: float
    language: str | None


class Sighting(BaseModel):
    """A file in which the image was seen."""

    root: str | None
    path_display: str
    batch: str | None
    seen_at: datetime


class Relative(BaseModel):
    """A source that another was made of; ``place`` says where in it, such as {"page": 3}."""

    parent_id: str
    child_id: str
    place: dict[str, Any] | None


class ImageDetail(Image):
    """One image with all that is known of it. Lists end after 2000 entries."""

    record: dict[str, Any] | None = Field(description="The catalogue record; null without one.")
    derivatives: list[Derivative]
    versions: list[Version]
    text_lines: list[TextLine]
    sightings: list[Sighting]
    parents: list[Relative]
    children: list[Relative]


@router.get("/images/{image_id}", responses=GONE)
def one_image(request: Request, image_id: str) -> ImageDetail:
    """One image by its id."""
    published = gallery_of(request).published()
    found = published.records(OF_IDS, [[image_id]])
    if not found:
        raise HTTPException(404, NO_IMAGE)
    records = published.records
    return ImageDetail.model_validate(
        {
            **image_of(found[0]).model_dump(),
            "record": next(iter(records(RECORD, [image_id])), None),
            "derivatives": [parsed(one, "parameters") for one in records(DERIVATIVES, [image_id])],
            "versions": versions_of(records, image_id, None)[:MOST],
            "text_lines": records(LINES, [image_id, MOST]),
            "sightings": records(SIGHTINGS, [image_id, MOST]),
            "parents": relatives(published, PARENTS, image_id),
            "children": relatives(published, CHILDREN, image_id),
        }
    )


def relatives(published: PublishedFile, sql: str, image_id: str) -> list[dict[str, Any]]:
    """Those that are named now, each with its place."""
    found = published.records(RELATIVES.format(sql), [image_id, MOST])
    return [{**one, "place": json.loads(one["place"]) if one["place"] else None} for one in found]


def parsed(record: dict[str, Any], column: str) -> dict[str, Any]:
    """The record with the JSON text of one column taken apart."""
    return {**record, column: json.loads(record[column] or "{}")}

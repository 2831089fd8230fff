"""All that there is: pages, panels, files, actions and API routes. A new one is one line here."""

from collections.abc import Sequence

from fastapi import Depends, FastAPI
from fastapi.security import HTTPBasic
from starlette.routing import BaseRoute

from web.gallery.actions import download_originals, export_records
from web.gallery.actions import edit_tags as edit_tags_action
from web.gallery.actions import reprocess as reprocess_action
from web.gallery.actions.action import Action
from web.gallery.api import batches, image_detail, images
from web.gallery.api import search as search_answers
from web.gallery.api import sql as sql_answers
from web.gallery.api.problems import EVERYWHERE
from web.gallery.base.errors import HANDLERS
from web.gallery.base.gallery import Link
from web.gallery.files import exports, originals, renditions
from web.gallery.pages import (
    edit_tags,
    grid,
    home,
    picture,
    picture_changes,
    reprocess,
    review,
    review_duplicates,
    review_stale,
    search,
    sql,
    upload,
)
from web.gallery.panels import (
    description,
    dominant_colors,
    embedded_metadata,
    family,
    lineage,
    ocr_text,
    place,
    sightings,
    similar,
    versions,
)
from web.gallery.panels.panel import Panel
from web.gallery.uploads import pieces, whole_file

NAVIGATION = (
    Link("/gallery/home", "Home"),
    Link("/gallery", "Pictures"),
    Link("/gallery/review", "Review"),
    Link("/gallery/upload", "Add pictures"),
    Link("/gallery/sql", "SQL"),
)
"""What people find in the head of each page, in this order."""

PAGES = (
    home,
    grid,
    search,
    picture,
    picture_changes,
    reprocess,
    edit_tags,
    review,
    review_duplicates,
    review_stale,
    upload,
    sql,
)
"""Modules of ``pages``, each with its ROUTES."""

FILES = (renditions, originals, exports, pieces, whole_file)
ACTIONS: Sequence[Action] = (
    edit_tags_action.ACTION,
    reprocess_action.ACTION,
    export_records.ACTION,
    download_originals.ACTION,
)
"""Buttons for chosen pictures, in this order."""

PANELS: Sequence[Panel] = (
    description.PANEL,
    ocr_text.PANEL,
    embedded_metadata.PANEL,
    place.PANEL,
    dominant_colors.PANEL,
    sightings.PANEL,
    versions.PANEL,
    family.PANEL,
    similar.PANEL,
    lineage.PANEL,
)
"""Sections of a picture's page, in this order."""

API = (
    batches.router,
    images.router,
    image_detail.router,
    search_answers.router,
    sql_answers.router,
)
"""What is answered as JSON below ``/api``."""


LOGIN = HTTPBasic(
    scheme_name="login",
    description="A name and a password of `media user add`; the guard has checked them.",
    auto_error=False,
)
"""For the description of the API only."""


def routes() -> list[BaseRoute]:
    """All routes but those of the API."""
    found = [route for module in (*PAGES, *FILES) for route in module.ROUTES]
    return [*found, *(action.route() for action in ACTIONS)]


def api() -> FastAPI:
    """The API; its description is ``/api/openapi.json``."""
    made = FastAPI(
        title="Media assets",
        version="1",
        description="What the pages show, as JSON: read-only, with the same login.",
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        exception_handlers=HANDLERS,  # type: ignore[arg-type]  # each takes its own kind of error
        dependencies=[Depends(LOGIN)],
        responses=EVERYWHERE,
    )
    for router in API:
        made.include_router(router)
    return made

"""All that there is: pages, files, actions and API routes. A new one is one line here."""

from collections.abc import Sequence

from fastapi import FastAPI
from starlette.routing import BaseRoute

from web.gallery.actions import download_originals
from web.gallery.actions import reprocess as reprocess_action
from web.gallery.actions.action import Action
from web.gallery.api import images
from web.gallery.base.errors import HANDLERS
from web.gallery.base.gallery import Link
from web.gallery.files import originals, renditions
from web.gallery.pages import grid, picture, reprocess, search

NAVIGATION = (Link("/gallery", "Pictures"),)
"""What people find in the head of each page, in this order."""

PAGES = (grid, search, picture, reprocess)
"""Modules of ``pages``, each with its ROUTES."""

FILES = (renditions, originals)
ACTIONS: Sequence[Action] = (download_originals.ACTION, reprocess_action.ACTION)
"""Buttons for chosen pictures, in this order."""

API = (images.router,)
"""What is answered as JSON below ``/api``."""


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
        exception_handlers=HANDLERS,  # type: ignore[arg-type]
    )
    for router in API:
        made.include_router(router)
    return made

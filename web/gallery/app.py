"""All pages as one ASGI application, to be asked behind the guard only."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from resources.configuration.settings import Settings
from resources.warehouse.published_file import PublishedFiles
from web.gallery.base.errors import HANDLERS
from web.gallery.base.form_key import kept_key
from web.gallery.base.gallery import Gallery
from web.gallery.contents import ACTIONS, NAVIGATION, PANELS, api, routes
from web.gallery.grid.preparation import prepare_grid
from web.gallery.sql.visitor_queries import VisitorQueries
from web.guard.dagster_ui import VisitorContext
from web.guard.fair_share import ViewerTurns
from web.health.looks import Looks
from web.health.parts import parts_of_service

STATIC = Path(__file__).parent / "static"


def gallery_app(settings: Settings, dagster: VisitorContext) -> Starlette:
    """The pages over the tables of this home, and over what Dagster's UI works with."""
    shipped = Mount("/gallery/static", StaticFiles(directory=STATIC), name="static")
    answers = api()
    app = Starlette(
        routes=[*routes(), shipped, Mount("/api", answers)],
        exception_handlers=HANDLERS,
        middleware=[Middleware(ViewerTurns)],
        lifespan=queries_end_with,
    )
    files = PublishedFiles(settings.media_home.warehouse, prepare_grid)
    gallery = Gallery(settings, files, dagster, kept_key(settings.media_home), NAVIGATION)
    app.state.gallery = answers.state.gallery = gallery
    app.state.queries = answers.state.queries = VisitorQueries(settings.media_home)
    app.state.looks = Looks(parts_of_service(settings, dagster))
    app.state.actions = ACTIONS
    app.state.panels = PANELS
    return app


@asynccontextmanager
async def queries_end_with(app: Starlette) -> AsyncIterator[None]:
    """At the end of the service no query is left behind."""
    try:
        yield
    finally:
        await run_in_threadpool(app.state.queries.close)

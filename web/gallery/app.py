"""All pages as one ASGI application, to be asked behind the guard only."""

from pathlib import Path

from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from resources.configuration.settings import Settings
from resources.warehouse.published_file import PublishedFiles
from web.gallery.base.errors import HANDLERS
from web.gallery.base.gallery import Gallery
from web.gallery.contents import ACTIONS, NAVIGATION, api, routes
from web.guard.dagster_ui import VisitorContext

STATIC = Path(__file__).parent / "static"


def gallery_app(settings: Settings, dagster: VisitorContext) -> Starlette:
    """The pages over the tables of this home, and over what Dagster's UI works with."""
    shipped = Mount("/gallery/static", StaticFiles(directory=STATIC), name="static")
    answers = api()
    app = Starlette(
        routes=[*routes(), shipped, Mount("/api", answers)],
        exception_handlers=HANDLERS,
    )
    gallery = Gallery(settings, PublishedFiles(settings.media_home.warehouse), dagster, NAVIGATION)
    app.state.gallery = answers.state.gallery = gallery
    app.state.actions = ACTIONS
    return app

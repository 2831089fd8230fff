"""The pictures that events show: ``/preview/<image_id>`` is the image's thumbnail of 256 px.

Events hold the address only, so that a preview costs Dagster's log next to nothing. The answer is a
JPEG that this project encoded itself, behind the same login as the UI.
"""

from pathlib import Path

import anyio.to_thread
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from resources.configuration.settings import Settings
from resources.rows.row_store import RowStore

THUMBNAILS = "image/thumbnails"
ROLE = "medium"
LONGEST_ID = 200
NO_PREVIEW = "There is no preview of this image."


def preview_route(settings: Settings) -> Route:
    """The route: the newest thumbnail of the image that the path names; 404 without one."""

    async def preview(request: Request) -> Response:
        image_id = str(request.path_params["image_id"])
        path = await anyio.to_thread.run_sync(thumbnail_of, settings, image_id[:LONGEST_ID])
        if path is None:
            raise HTTPException(404, detail=NO_PREVIEW)
        return FileResponse(
            path, media_type="image/jpeg", headers={"Cache-Control": "private, no-cache"}
        )

    return Route("/preview/{image_id:str}", preview)


def thumbnail_of(settings: Settings, image_id: str) -> Path | None:
    """The file of the image's thumbnail of 256 px, None when there is none."""
    store = RowStore(settings.media_home.rows)
    if THUMBNAILS not in store.tables():
        return None
    for row in store.current(THUMBNAILS, [image_id]).iter_rows(named=True):
        for file in row["files"] or ():
            path = settings.home / str(file["path"])
            if file["role"] == ROLE and path.is_file():
                return path
    return None

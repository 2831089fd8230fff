"""``/gallery/exports?batch=``: the finished batch as JSON lines, as a download."""

import os

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from media_assets.exports.export_files import file_name
from resources.stores.open_folder import NotRegular, OpenFolder
from web.gallery.base.gallery import gallery_of
from web.gallery.files.originals import OpenFileResponse

NONE = "This batch has no export (yet): one is written when all of its pictures are ready."


def export(request: Request) -> Response:
    """The file, whole or in parts (Range); 404 when there is none."""
    name = file_name(request.query_params.get("batch", ""))
    try:
        with (
            OpenFolder.at(gallery_of(request).settings.media_home.exports) as folder,
            folder.reading(name) as file,
        ):
            return OpenFileResponse(os.fdopen(os.dup(file.fileno()), "rb"), name)
    except (FileNotFoundError, NotRegular) as error:
        raise HTTPException(404, NONE) from error


ROUTES: tuple[BaseRoute, ...] = (Route("/gallery/exports", export, name="export"),)

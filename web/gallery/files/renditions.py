"""``/gallery/renditions/<sha256>``: thumbnails and viewing copies, files that we encoded ourselves.

The address is the hash of the bytes, so an answer may be kept forever. Nothing of a request
becomes part of a path but 64 checked hexadecimal digits.
"""

import re
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Route

from resources.stores.content_store import ContentStore
from web.gallery.base.gallery import gallery_of

DIGEST = re.compile(r"[0-9a-f]{64}")
SUFFIXES = {".jpg": "image/jpeg", ".png": "image/png", ".webp": "image/webp"}
"""Kinds of pictures among our derivatives; all else in that folder is not served."""

FOR_EVER = "private, max-age=31536000, immutable"
POLICY = "default-src 'none'; sandbox"
NO_RENDITION = "There is no such picture."


def rendition(request: Request) -> Response:
    """The bytes of one rendition, whole or in parts (Range); 304 for who has it; else 404."""
    digest = str(request.path_params["sha256"])
    found = rendition_file(gallery_of(request).settings.media_home.derivatives, digest)
    if found is None:
        raise HTTPException(404, NO_RENDITION)
    headers = {"Cache-Control": FOR_EVER, "ETag": f'"{digest}"', "Content-Security-Policy": POLICY}
    if f'"{digest}"' in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return FileResponse(found, media_type=SUFFIXES[found.suffix], headers=headers)


def rendition_file(derivatives: Path, digest: str) -> Path | None:
    """Where the rendition with this hash is; None when there is none."""
    if not DIGEST.fullmatch(digest):
        return None
    paths = (ContentStore(derivatives).path_of(digest, suffix) for suffix in SUFFIXES)
    return next((path for path in paths if path.is_file()), None)


ROUTES: tuple[BaseRoute, ...] = (
    Route("/gallery/renditions/{sha256}", rendition, name="rendition"),
)

"""``/gallery/originals/<image_id>``: the file as it landed, as a download and nothing else.

A browser must never show it: an SVG or HTML file of a stranger would run as a page of ours.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from resources.sources.originals import Source, source_of_row
from resources.warehouse.published_file import PublishedFile
from web.gallery.base.gallery import gallery_of

ORIGINALS = """
select
    originals.image_id, originals.sha256, originals.file_name, originals.mode, originals.path,
    images.size_bytes
from ingest.original as originals
join images on images.image_id = originals.image_id
where originals.image_id in (select unnest(?::varchar[]))
order by originals.image_id
"""
AS_BYTES = "application/octet-stream"
GONE = "There is no picture with this id (any more)."
UNREADABLE = "The original cannot be read: it was moved or deleted. media doctor says more."


@dataclass(frozen=True)
class Original:
    """One original: its name when it landed, where it is, and its size in bytes."""

    image_id: str
    file_name: str
    source: Source
    size_bytes: int

    @property
    def is_there(self) -> bool:
        """Whether it can be read, and has its size."""
        try:
            self.source.opened().close()
        except OSError:
            return False
        return True


class OpenFileResponse(FileResponse):
    """Sends an open file, whatever is at its path by now; it is closed with the response."""

    def __init__(self, file: BinaryIO, file_name: str) -> None:
        headers = {"Cache-Control": "private, no-cache", "Content-Security-Policy": "sandbox"}
        path = f"/dev/fd/{file.fileno()}"
        super().__init__(path, media_type=AS_BYTES, filename=file_name, headers=headers)
        self.file = file

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it, and close it even when the browser has gone."""
        with self.file:
            await super().__call__(scope, receive, send)


def originals_of(published: PublishedFile, home: Path, image_ids: Sequence[str]) -> list[Original]:
    """The originals of those of the pictures that are there, by id."""
    rows = published.records(ORIGINALS, [list(image_ids)])
    return [
        Original(
            row["image_id"],
            row["file_name"],
            source_of_row(home, row),
            row["size_bytes"],
        )
        for row in rows
    ]


def original(request: Request) -> Response:
    """The original's bytes as an attachment, whole or in parts (Range); 404 when it is gone."""
    gallery = gallery_of(request)
    image_id = str(request.path_params["image_id"])
    found = originals_of(gallery.published(), gallery.settings.home, [image_id])
    if not found:
        raise HTTPException(404, GONE)
    try:
        file = found[0].source.opened()
    except OSError as error:
        raise HTTPException(404, UNREADABLE) from error
    return OpenFileResponse(file, found[0].file_name)


ROUTES: tuple[BaseRoute, ...] = (Route("/gallery/originals/{image_id}", original, name="original"),)

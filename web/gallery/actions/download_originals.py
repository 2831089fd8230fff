"""Download the chosen originals as one zip file."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from resources.display_text import plain_text
from web.gallery.actions.action import Action
from web.gallery.base.gallery import gallery_of
from web.gallery.files.originals import Original, originals_of
from web.gallery.files.zip_stream import Entry, zipped

MOST_BYTES = 50 * 1024**3
TOO_LARGE = "These originals have more than 50 GiB: choose fewer, or use media export."
NOTHING = "None of these originals can be read: they were moved or deleted. media doctor says more."


def download(request: Request, image_ids: Sequence[str]) -> Response:
    """The zip file, sent while it is read; originals that are gone are left out."""
    gallery = gallery_of(request)
    found = originals_of(gallery.published(), gallery.settings.home, image_ids)
    there = [one for one in found if one.is_there]
    if not there:
        raise HTTPException(404, NOTHING)
    if sum(one.size_bytes for one in there) > MOST_BYTES:
        raise HTTPException(413, TOO_LARGE)
    headers = {"Content-Disposition": 'attachment; filename="pictures.zip"'}
    return StreamingResponse(zipped(entries(there)), 200, headers, "application/zip")


def entries(originals: Sequence[Original]) -> Iterator[Entry]:
    """Each under its file name; the second of a name gets its id before the suffix."""
    used: Counter[str] = Counter()
    for one in originals:
        name = plain_text(one.file_name).replace("/", "_").replace("\\", "_").lstrip(".") or "file"
        used[name.casefold()] += 1
        if used[name.casefold()] > 1:
            path = PurePosixPath(name)
            name = f"{path.stem} {one.image_id}{path.suffix}"
        yield Entry(name, one.source)


ACTION = Action("download_originals", "Download originals", download, changes=False)

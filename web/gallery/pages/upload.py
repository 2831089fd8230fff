"""Upload: files into a batch by drag and drop, or chosen; they settle and are taken as any others.

``static/upload.js`` sends them piece by piece (``uploads.pieces``); without scripts the form sends
one file (``uploads.whole_file``).
"""

from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from resources.landing.batches import named_batch
from resources.landing.records import FileKind
from resources.landing.roots import first_taking_root
from resources.landing.upload_names import BadName, batch_folder_of
from web.gallery.base.gallery import gallery_of
from web.gallery.base.page import page
from web.gallery.uploads.whole_file import PATH

LONGEST_SHOWN = 300


def upload_page(request: Request) -> Response:
    """The page; ``batch`` and ``added`` of the address say what was added just now."""
    settings = gallery_of(request).settings
    batch = request.query_params.get("batch", "")
    added = request.query_params.get("added", "")[:LONGEST_SHOWN]
    values = {
        "batch": batch[:LONGEST_SHOWN] or f"upload-{datetime.now(UTC):%Y-%m-%d}",
        "added": added,
        "shown_batch": batch_shown(request, batch) if added else "",
        "root": first_taking_root(settings),
        "most_bytes": settings.limits.max_file_bytes,
        "settle_seconds": settings.settle_seconds,
    }
    return page(request, "pages/upload.html", values)


def batch_shown(request: Request, batch: str) -> str:
    """How the tables call a batch whose folder is called so; nothing for what is no batch."""
    try:
        path = f"{batch_folder_of(batch)}/file".encode(errors="replace")
    except BadName:
        return ""
    return named_batch(path, FileKind.FOLDER, gallery_of(request).settings.batch_names)


ROUTES: tuple[BaseRoute, ...] = (Route(PATH, upload_page, name="upload"),)

"""Download all that is known of the chosen pictures, as ``media export`` writes it."""

from collections.abc import Sequence

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from media_assets.exports.records import record_query
from resources.warehouse.result_frames import frame_of
from resources.warehouse.text_forms import write_ndjson
from web.gallery.actions.action import Action
from web.gallery.base.gallery import gallery_of

CHOSEN = "images.image_id in (select unnest(?::varchar[]))"
MOST_AT_ONCE = 1000
TOO_MANY = (
    f"At most {MOST_AT_ONCE:,} pictures can be exported at a time: choose fewer, "
    "or use media export, or the file of the whole batch on Home."
)
GONE = "None of these pictures is there (any more)."


def export(request: Request, image_ids: Sequence[str]) -> Response:
    """One JSON object a line; pictures that are gone are left out. Raises HTTPException."""
    if len(image_ids) > MOST_AT_ONCE:
        raise HTTPException(413, TOO_MANY)
    query = record_query(CHOSEN, with_embedding=False)
    found = gallery_of(request).published().rows(query, [list(image_ids)])
    if not found.rows:
        raise HTTPException(404, GONE)
    headers = {"Content-Disposition": 'attachment; filename="pictures.jsonl"'}
    return Response(write_ndjson(frame_of(found)), 200, headers, "application/x-ndjson")


ACTION = Action("export_records", "Export", export, changes=False)

"""The files in which the picture was seen."""

from web.gallery.panels.panel import Shown, Values, panel

MOST = 200
SIGHTINGS = """
select root, path_display, batch, seen_at, is_latest_at_path
from sightings
where source_id = ?
order by seen_at desc
limit ?
"""


def read(shown: Shown) -> Values | None:
    """``sightings``, the newest first; a picture out of another file has none."""
    found = shown.published.records(SIGHTINGS, [shown.image_id, MOST])
    count = shown.facts["sighting_count"] or len(found)
    return {"sightings": found, "count": count} if found else None


PANEL = panel(__file__, "Seen as", read)

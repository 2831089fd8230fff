"""Every page there is: a new one is one line here, and is checked with all others."""

from resources.warehouse.published_file import PublishedFiles
from tests.support.guarded_ui import GuardedUi

PAGES = (
    "/gallery/home",
    "/gallery",
    "/gallery?filters=1&group=batch&sort=name",
    "/gallery/search?q=picture&filters=1",
    "/gallery/search",
    "/gallery/pictures/{image}",
    "/gallery/pictures/{image}?edit=1&saved=edit&compare=nothing&sort=name",
    "/gallery/pictures/{image}/similar",
    "/gallery/review",
    "/gallery/review/failures?outcome=rejected",
    "/gallery/review/not-taken",
    "/gallery/review/duplicates",
    "/gallery/review/stale",
    "/gallery/upload?batch=%3Cb%3E&added=%3Cscript%3E",
    "/gallery/sql",
    "/gallery/sql?q=from+images+limit+3&name=%3Cscript%3Ealert(1)%3C%2Fscript%3E",
    "/gallery/nothing-here",
)
"""``{image}`` stands for the id of a picture."""

API = (
    "/api/batches",
    "/api/status",
    "/api/images",
    "/api/images/{image}",
    "/api/search?q=picture",
    "/api/tables",
    "/api/sql?q=from+images",
    "/api/openapi.json",
)


def some_image(ui: GuardedUi) -> str:
    """The id of a picture."""
    published = PublishedFiles(ui.settings.media_home.warehouse).current()
    return str(published.rows("select image_id from images order by image_id").rows[0][0])

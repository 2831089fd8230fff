"""Thumbnails: a small picture of the note. Images have a derivative of the same name."""

import io
from dataclasses import dataclass

from media_assets.notes.medium import notes
from media_assets.notes.pages import Pages
from PIL import Image

from resources.sources.originals import Source
from resources.stores.content_store import StoredFile


@dataclass(frozen=True)
class Thumbnails:
    """One small JPEG, as bright as the note is long."""

    small: StoredFile
    title: str


def make_thumbnails(note: Source, pages: Pages) -> Thumbnails:
    """Draw the thumbnail."""
    drawn = io.BytesIO()
    Image.new("L", (20, 30), min(255, 40 * len(pages.sections))).save(drawn, "JPEG")
    small = note.derivatives.put(drawn.getvalue(), ".jpg", "image/jpeg", size_px=(20, 30))
    return Thumbnails(small, pages.title)


thumbnails = notes.asset(make_thumbnails, group_name="notes", kinds={"jpeg"}, code_version="1")

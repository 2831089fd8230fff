"""Thumbnails: three small upright sRGB JPEGs for lists and grids.

`large` (512 px on the longest side) suits grids on dense screens, `medium` (256) grids and
perceptual hashes, `small` (128) lists and colors. Made from the viewing copy, never enlarged: a
picture smaller than a size is kept at its own. JPEG rather than WebP: encoding 512 px costs a tenth
of the time for a fifth more bytes, and every viewer shows it.
"""

from dataclasses import dataclass

from media_assets.images.medium import images
from media_assets.images.viewing_copy import ViewingCopy
from resources.decoding.renditions import shrunk_rendition, smaller, store_jpeg
from resources.sources.originals import Source
from resources.stores.content_store import StoredFile

SMALL_PX = 128
MEDIUM_PX = 256
LARGE_PX = 512

QUALITY = 80
"""libjpeg quality: artefacts do not show at these sizes."""


@dataclass(frozen=True)
class Thumbnails:
    """The thumbnails of one image, longest side in px: small 128, medium 256, large 512."""

    small: StoredFile
    medium: StoredFile
    large: StoredFile


def make_thumbnails(image: Source, viewing_copy: ViewingCopy) -> Thumbnails:
    """Shrink the viewing copy to three sizes, each from the one above, and keep them.

    Raises OSError when the viewing copy is gone.
    """
    large = shrunk_rendition(image, viewing_copy.file, LARGE_PX)
    medium = smaller(large, MEDIUM_PX)
    small = smaller(medium, SMALL_PX)
    return Thumbnails(
        small=store_jpeg(image, small, quality=QUALITY),
        medium=store_jpeg(image, medium, quality=QUALITY),
        large=store_jpeg(image, large, quality=QUALITY),
    )


thumbnails = images.asset(
    make_thumbnails,
    group_name="renditions",
    kinds={"jpeg"},
    code_version="2",
    parameters={"sides_px": [SMALL_PX, MEDIUM_PX, LARGE_PX], "quality": QUALITY},
)

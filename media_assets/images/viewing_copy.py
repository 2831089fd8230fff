"""Viewing copy: the picture as people see it, made from the original in one full decode.

An upright sRGB JPEG of at most 2048 px on the longest side, never enlarged: first page or frame,
colors converted from what the file states, HDR brought into the range of sRGB, transparency put on
white (on black when the visible pixels are light). Every byte of the picture is decoded for it, so
an `ok` here proves the original readable; `degraded` means readable with warnings, listed in
`warnings`. A picture of which pixels are missing is `rejected`; what is there is kept as the row's
file of role `partial_preview`, of which nothing is made. All other pictures derive from this one.
"""

from dataclasses import dataclass

from media_assets.images.medium import images
from media_assets.images.source_record import SourceRecord
from resources.decoding.pixels import IncompleteImage, decode_upright, flattened, limits_in_force
from resources.decoding.renditions import store_jpeg
from resources.sources.originals import Source
from resources.stores.content_store import StoredFile

AT_MOST_PX = 2048
"""Fills a 1440p screen and keeps 10 pt print of an A4 scan legible."""

QUALITY = 88
"""libjpeg quality, 4:2:0: no visible loss at 1:1, a third less than 92."""


@dataclass(frozen=True)
class ViewingCopy:
    """One viewing copy.

    `file` is the JPEG. `decoder` is the library that decoded the original's pixels (not always the
    one that read its header). `was_flattened`: the original had transparency.
    """

    file: StoredFile
    decoder: str
    was_flattened: bool


def make_viewing_copy(image: Source, source_record: SourceRecord) -> ViewingCopy:
    """Decode all of ``image`` and keep the upright sRGB JPEG.

    Raises RejectedImage or UnsupportedImage when no decoder gets through, OSError for a disk error.
    When only some of the pixels are there, a picture of them is kept and goes with the error.
    """
    del source_record  # lineage: without a readable header there is nothing to decode
    try:
        decoded = decode_upright(image.content(), limits_in_force(), AT_MOST_PX)
    except IncompleteImage as incomplete:
        shown = flattened(incomplete.partial.image)
        incomplete.partial_preview = store_jpeg(image, shown, quality=QUALITY)
        raise
    file = store_jpeg(image, flattened(decoded.image), quality=QUALITY)
    return ViewingCopy(file, decoded.decoder, was_flattened=bool(decoded.image.hasalpha()))


viewing_copy = images.asset(
    make_viewing_copy,
    group_name="renditions",
    kinds={"jpeg"},
    code_version="2",
    parameters={"at_most_px": AT_MOST_PX, "quality": QUALITY},
)

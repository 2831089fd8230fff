"""Restoration rendition: a working copy for retouching, 16 bits per channel in a wide gamut.

Of pictures whose purposes name `restoration`. An upright TIFF (deflate) in the size of the
original, in Display P3 with its profile embedded, transparency kept, nothing sharpened; first page
or frame. JPEG, PNG, WebP and TIFF keep their depth and colors beyond sRGB. Other formats and HDR
come through 8 bits of sRGB, as `is_from_8_bits` says; it is true of every original of 8 bits, too.
"""

from dataclasses import dataclass

from media_assets.images.medium import images
from media_assets.images.source_record import SourceRecord
from resources.decoding.full_renditions import store_tiff
from resources.decoding.pixels import limits_in_force
from resources.decoding.wide_gamut import decode_wide
from resources.sources.originals import Source
from resources.stores.content_store import StoredFile


@dataclass(frozen=True)
class RestorationRendition:
    """One restoration rendition.

    `file` is the TIFF; `has_alpha`: it has transparency. `is_from_8_bits`: no more depth went in.
    """

    file: StoredFile
    has_alpha: bool
    is_from_8_bits: bool


def make_restoration_rendition(image: Source, source_record: SourceRecord) -> RestorationRendition:
    """Decode all of ``image`` and keep its pixels in Display P3, 16 bits per channel.

    Raises RejectedImage or UnsupportedImage when no decoder gets through, OSError for a disk error.
    """
    del source_record  # lineage: without a readable header there is nothing to decode
    wide = decode_wide(image.content(), limits_in_force())
    file = store_tiff(image, wide.image)
    return RestorationRendition(file, bool(wide.image.hasalpha()), wide.is_from_8_bits)


restoration_rendition = images.asset(
    make_restoration_rendition,
    group_name="renditions",
    kinds={"tiff"},
    code_version="1",
    purposes=frozenset({"restoration"}),
)

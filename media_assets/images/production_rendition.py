"""Production rendition: the picture in full, ready for print and web, kept without loss.

Of pictures whose purposes name `production`. Upright sRGB of 8 bits per channel in the size of the
original, the profile embedded, transparency kept; first page or frame; HDR brought into the range
of sRGB. A TIFF with deflate, or a lossless WebP if the setting `production.format` says so. Nothing
is sharpened, and nothing that the file says of itself is copied into it.
"""

from dataclasses import dataclass

from media_assets.images.medium import images
from media_assets.images.source_record import SourceRecord
from resources.decoding.full_renditions import Format, store_lossless
from resources.decoding.pixels import decode_upright, limits_in_force
from resources.sources.originals import Source
from resources.stores.content_store import StoredFile


@dataclass(frozen=True)
class ProductionRendition:
    """One production rendition. `file` is the TIFF or WebP; `has_alpha`: it has transparency."""

    file: StoredFile
    has_alpha: bool


def make_production_rendition(
    image: Source, source_record: SourceRecord, *, format: Format
) -> ProductionRendition:
    """Decode all of ``image`` and keep its pixels in sRGB.

    Raises RejectedImage or UnsupportedImage when no decoder gets through, OSError for a disk error.
    """
    del source_record  # lineage: without a readable header there is nothing to decode
    pixels = decode_upright(image.content(), limits_in_force()).image
    return ProductionRendition(store_lossless(image, pixels, format), bool(pixels.hasalpha()))


production_rendition = images.asset(
    make_production_rendition,
    group_name="renditions",
    kinds={"tiff"},
    code_version="1",
    purposes=frozenset({"production"}),
    choose_parameters=lambda settings: {"format": settings.production.format},
)

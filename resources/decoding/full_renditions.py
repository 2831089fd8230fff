"""Renditions in the size of the original, stored without loss: for printing and for retouching."""

from typing import Literal

import pyvips

from resources.outcomes import UnsupportedImage
from resources.sources.originals import Source
from resources.stores.content_store import StoredFile

Format = Literal["tiff", "webp"]

PROFILE_AND_NO_MORE = "icc"
"""No EXIF or XMP: what is known of a picture is in its rows."""

WEBP_AT_MOST_PX = 16_383
"""Longest side of a WebP file (RFC 9649, section 2.7.1)."""

BIG_BYTES = 2**31
"""Pixels of more bytes go into a BigTIFF: offsets of TIFF 6.0 end at 4 GiB."""

LARGEST_FILE_BYTES = 1000 * 1024**2
"""A little below what a decoder's answer may hold: see ``decoder_answers``."""

WEBP_EFFORT = 2
"""0 to 6; more takes several times as long for a few percent."""


def store_lossless(image: Source, pixels: pyvips.Image, form: Format) -> StoredFile:
    """Encode sRGB ``pixels`` (uint8, 3 bands or 4 with alpha), the profile embedded, and keep them.

    Raises UnsupportedImage for a side that WebP cannot hold, and for a file that is too large.
    """
    tagged = with_profile(pixels, "srgb")
    if form == "tiff":
        return store_tiff(image, tagged)
    if max(pixels.width, pixels.height) > WEBP_AT_MOST_PX:
        raise UnsupportedImage(
            f"{pixels.width} x {pixels.height} px: WebP holds {WEBP_AT_MOST_PX:,} px a side at "
            'most; set production.format = "tiff"'
        )
    content = tagged.webpsave_buffer(
        lossless=True, exact=True, effort=WEBP_EFFORT, keep=PROFILE_AND_NO_MORE
    )
    return keep(image, content, pixels, ".webp", "image/webp")


def store_tiff(image: Source, pixels: pyvips.Image) -> StoredFile:
    """Encode ``pixels`` as TIFF (deflate, differences of neighbors) with their profile; keep it."""
    depth_bytes = 2 if pixels.format == "ushort" else 1
    content = pixels.tiffsave_buffer(
        compression="deflate",
        predictor="horizontal",
        bigtiff=pixels.width * pixels.height * pixels.bands * depth_bytes > BIG_BYTES,
        keep=PROFILE_AND_NO_MORE,
    )
    return keep(image, content, pixels, ".tif", "image/tiff")


def keep(
    image: Source, content: bytes, pixels: pyvips.Image, suffix: str, media_type: str
) -> StoredFile:
    """Keep an encoded rendition. Raises UnsupportedImage when it is too large to be handed over."""
    if len(content) > LARGEST_FILE_BYTES:
        raise UnsupportedImage(
            f"the rendition would have {len(content):,} bytes; {LARGEST_FILE_BYTES:,} is the most"
        )
    size = (pixels.width, pixels.height)
    return image.derivatives.put(content, suffix, media_type, size_px=size)


def with_profile(pixels: pyvips.Image, name: Literal["srgb", "p3"]) -> pyvips.Image:
    """``pixels``, unchanged, with one of libvips' own profiles attached."""
    bare = pixels.copy()
    profile = pyvips.Operation.call("profile_load", name)
    bare.set_type(pyvips.GValue.blob_type, "icc-profile-data", profile)
    return bare

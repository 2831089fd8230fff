"""Headers and pixels as the first decoder of each format reads them, without any tolerance.

libvips reads JPEG, PNG, WebP, TIFF, GIF and SVG, another decoder the rest (Pillow, pi-heif, pdfium,
libjxl, libtiff for what libvips misreads of TIFF). What becomes of a refusal is decided in
``resources.decoding.pixels``.
"""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace

import pyvips

from resources.configuration.settings import Limits
from resources.decoding import page_decoding, pillow_decoding, tiff_decoding, vips_decoding
from resources.decoding.color_statements import NOTHING_STATED
from resources.decoding.decoding_context import killed_after
from resources.decoding.image_formats import ImageHeader
from resources.decoding.tiff_tags import read_tiff_tags
from resources.decoding.vips_decoding import UndecodablePixels
from resources.decoding.vips_loaders import FORMATS as VIPS_FORMATS
from resources.outcomes import RejectedImage

NOT_FOR_PILLOW = frozenset({"jpeg", "png", "svg"})
"""Formats of libvips in which Pillow is no second decoder.

Of JPEG and PNG it does not say when rows are missing, and SVG it does not know.
"""


@dataclass(frozen=True)
class DecodedImage:
    """Upright sRGB pixels in memory: uint8, 3 bands, or 4 with alpha; and where they came from."""

    image: pyvips.Image
    header: ImageHeader
    decoder: str


def read_header_strictly(content: bytes, format: str, limits: Limits) -> ImageHeader:
    """The header of a file of this format.

    Raises UndecodablePixels for damage, RejectedImage for more pixels than the limits allow.
    """
    return checked(_first_header(content, format, limits), limits)


def _first_header(content: bytes, format: str, limits: Limits) -> ImageHeader:
    if format == "pdf":
        return page_decoding.read_pdf_header(content)
    if format == "jxl":
        return page_decoding.read_jxl_header(content)
    if format not in VIPS_FORMATS.values():
        return pillow_decoding.read_header(content, format, limits)
    try:
        with _time_limit(format, limits):
            header = vips_decoding.read_header(content, format)
    except UndecodablePixels as error:
        header = _second_header(content, format, limits, error)
    return _told_by_tags(header, content) if format == "tiff" else header


def _told_by_tags(header: ImageHeader, content: bytes) -> ImageHeader:
    """The header of a TIFF, with what only its tags tell."""
    tags = read_tiff_tags(content)
    if header.colors == NOTHING_STATED and tags.colors:
        header = replace(header, colors=tags.colors)
    if tags.is_read_by_pillow:
        return replace(header, decoder="pillow")
    if tags.is_read_by_libtiff_alone:
        header = replace(header, decoder="libtiff", bit_depth=tags.bits)
    return header


def _time_limit(format: str, limits: Limits) -> AbstractContextManager[None]:
    """SVG's own, lower limit; the pool's is enough for the rest."""
    return killed_after(limits.svg_seconds) if format == "svg" else nullcontext()


def _second_header(
    content: bytes,
    format: str,
    limits: Limits,
    first_error: UndecodablePixels,
) -> ImageHeader:
    if format in NOT_FOR_PILLOW:
        raise first_error
    try:
        return pillow_decoding.read_header(content, format, limits)
    except UndecodablePixels:
        raise first_error from None


def checked(header: ImageHeader, limits: Limits) -> ImageHeader:
    """``header``. Raises RejectedImage when it declares more pixels than the limits allow."""
    pixels = header.stored_width_px * header.stored_height_px * max(1, header.frame_count)
    if header.format == "pdf":  # only one page is ever drawn
        pixels = header.stored_width_px * header.stored_height_px
    if pixels > limits.max_pixels:
        raise RejectedImage(
            f"declares {pixels:,} pixels ({header.stored_width_px} x {header.stored_height_px}, "
            f"{header.frame_count} frames); {limits.max_pixels:,} are allowed"
        )
    return header


def decode_strictly(
    content: bytes, header: ImageHeader, at_most_px: int | None, limits: Limits
) -> DecodedImage:
    """All pixels, by the decoder that the header names. Raises UndecodablePixels."""
    return DecodedImage(_decode(content, header, at_most_px, limits), header, header.decoder)


def _decode(
    content: bytes, header: ImageHeader, at_most_px: int | None, limits: Limits
) -> pyvips.Image:
    match header.decoder:
        case "libvips":
            with _time_limit(header.format, limits):
                return vips_decoding.decode(content, header, at_most_px)
        case "pdfium":
            return page_decoding.decode_pdf(content, header, at_most_px)
        case "imagecodecs":
            return page_decoding.decode_jxl(content, header, at_most_px)
        case "libtiff":
            return tiff_decoding.decode(content, header, at_most_px, limits)
        case _:
            return pillow_decoding.decode(content, header, at_most_px, limits)

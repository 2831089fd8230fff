"""Pixels from untrusted bytes: which format, how large, and an upright sRGB picture.

The format is found in the bytes, never in the name. libvips comes first; what it refuses or does
not know goes to the decoder that does (Pillow, pi-heif, pdfium, imagecodecs). A picture that only
the second decoder reads is usable, and noted as damaged unless the first only lacks the feature.
Run this only in a process that may be killed: see ``resources.decoding.decoder_pool``.
"""

import re
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import pyvips

from resources.configuration.settings import Limits
from resources.decoding import page_decoding, pillow_decoding, vips_decoding
from resources.decoding.decoding_context import killed_after, limits_in_force, note
from resources.decoding.image_formats import (
    PILLOW_NAMES,
    ImageHeader,
    describe,
    libvips_version,
    sniff,
)
from resources.decoding.vips_decoding import UndecodablePixels
from resources.decoding.vips_loaders import FORMATS as VIPS_FORMATS
from resources.outcomes import ImageProblem, RejectedImage, UnsupportedImage

__all__ = [
    "DecodedImage",
    "ImageHeader",
    "decode_upright",
    "flattened",
    "libvips_version",
    "limits_in_force",
    "note",
    "read_header",
]

MISSING_FEATURE = re.compile(r"not (been )?(configured|supported|built)|unsupported", re.IGNORECASE)
"""libvips' words for "this build cannot", as opposed to "these bytes are wrong"."""

LIGHT = 170
"""Mean luma (0-255) of the visible pixels above which a transparent picture goes on black."""


@dataclass(frozen=True)
class DecodedImage:
    """Upright sRGB pixels in memory: uint8, 3 bands, or 4 with alpha; and where they came from."""

    image: pyvips.Image
    header: ImageHeader
    decoder: str


def read_header(content: bytes, limits: Limits) -> ImageHeader:
    """What the picture says of itself, without decoding pixels.

    Raises UnsupportedImage when no decoder here reads the format, RejectedImage when the header is
    damaged or declares more than ``limits.max_pixels`` (width x height x frames).
    """
    return _checked(_first_header(content, _format_of(content), limits), limits)


def _format_of(content: bytes) -> str:
    if not content:
        raise RejectedImage("the file is empty")
    found = sniff(content)
    if found is None:
        raise UnsupportedImage(f"not a picture that can be read here: {describe(content)}")
    return found


def _first_header(content: bytes, format: str, limits: Limits) -> ImageHeader:  # noqa: A002
    if format == "pdf":
        return page_decoding.read_pdf_header(content)
    if format == "jxl":
        return page_decoding.read_jxl_header(content)
    if format not in VIPS_FORMATS.values():
        return pillow_decoding.read_header(content, format, limits)
    try:
        with _time_limit(format, limits):
            return vips_decoding.read_header(content, format)
    except UndecodablePixels as error:
        return _second_header(content, format, limits, error)


def _time_limit(format: str, limits: Limits) -> AbstractContextManager[None]:  # noqa: A002
    """SVG's own, lower limit; the pool's wall clock is enough for the rest."""
    return killed_after(limits.svg_seconds) if format == "svg" else nullcontext()


def _second_header(
    content: bytes,
    format: str,  # noqa: A002
    limits: Limits,
    first_error: UndecodablePixels,
) -> ImageHeader:
    if format not in PILLOW_NAMES:
        raise first_error
    try:
        return pillow_decoding.read_header(content, format, limits)
    except UndecodablePixels:
        raise _final(first_error) from None


def _final(error: UndecodablePixels) -> ImageProblem:
    """``error``, as UnsupportedImage when it is libvips that lacks something, not the file."""
    if MISSING_FEATURE.search(str(error)):
        return UnsupportedImage(str(error).replace("damaged", "no decoder here for this"))
    return error


def _checked(header: ImageHeader, limits: Limits) -> ImageHeader:
    pixels = header.stored_width_px * header.stored_height_px * max(1, header.frame_count)
    if header.format == "pdf":  # only one page is ever drawn
        pixels = header.stored_width_px * header.stored_height_px
    if pixels > limits.max_pixels:
        raise RejectedImage(
            f"declares {pixels:,} pixels ({header.stored_width_px} x {header.stored_height_px}, "
            f"{header.frame_count} frames); {limits.max_pixels:,} are allowed"
        )
    return header


def decode_upright(content: bytes, limits: Limits, at_most_px: int | None = None) -> DecodedImage:
    """Decode every pixel of the first page or frame, upright, in sRGB, 8 bits per channel.

    ICC profiles and CMYK are converted (libvips' built-in profiles stand in for missing or broken
    ones). With ``at_most_px`` the longest side is at most that; never enlarged. Transparency is
    kept: see ``flattened``. Warnings that leave the picture usable are noted.
    Raises UnsupportedImage, RejectedImage; MemoryError when the process may use no more memory.
    """
    header = read_header(content, limits)
    if header.format == "tiff" and pillow_decoding.is_camera_raw(content, limits):
        note("a camera raw file: only the preview inside it is shown")
    try:
        return DecodedImage(_decode(content, header, at_most_px, limits), header, header.decoder)
    except UndecodablePixels as error:
        if header.decoder != "libvips" or header.format not in PILLOW_NAMES:
            raise
        return _second_opinion(content, header, at_most_px, limits, error)


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
        case _:
            return pillow_decoding.decode(content, header, at_most_px, limits)


def _second_opinion(
    content: bytes,
    header: ImageHeader,
    at_most_px: int | None,
    limits: Limits,
    first_error: UndecodablePixels,
) -> DecodedImage:
    """Pillow's reading of what libvips refused; raises libvips' error when it refuses too."""
    try:
        second = pillow_decoding.read_header(content, header.format, limits)
        image = pillow_decoding.decode(content, _checked(second, limits), at_most_px, limits)
    except UndecodablePixels:
        raise _final(first_error) from None
    if not MISSING_FEATURE.search(str(first_error)):
        note(f"read by Pillow; libvips says: {first_error}")
    return DecodedImage(image, second, second.decoder)


def flattened(image: pyvips.Image) -> pyvips.Image:
    """The picture without transparency, 3 bands: on black if its visible pixels are light.

    White lettering on a transparent background is common and would vanish on white.
    """
    if not image.hasalpha():
        return image
    alpha = image.extract_band(image.bands - 1)
    luma = image.extract_band(0, n=image.bands - 1).colourspace("b-w")
    weight = alpha.avg()
    mean = (luma * alpha).avg() / weight if weight else 0
    return image.flatten(background=[0 if mean > LIGHT else 255] * 3)

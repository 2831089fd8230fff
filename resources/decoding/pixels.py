"""Pixels from untrusted bytes: which format, how large, and an upright sRGB picture.

The format is found in the bytes, never in the name. Each format is decoded strictly by its first
decoder; only what that refuses is looked at again, and shown when all of its pixels are there (see
``resources.decoding.second_readings``).
Run this only in a process that may be killed: see ``resources.decoding.decoder_pool``.
"""

import pyvips

from resources.configuration.settings import Limits
from resources.decoding.decoding_context import limits_in_force, note
from resources.decoding.file_kinds import describe
from resources.decoding.image_formats import ImageHeader, libvips_version, sniff
from resources.decoding.mended_files import mended
from resources.decoding.second_readings import IncompleteImage, final, second_reading
from resources.decoding.strict_decoding import DecodedImage, decode_strictly, read_header_strictly
from resources.decoding.tiff_tags import read_tiff_tags
from resources.decoding.vips_decoding import UndecodablePixels
from resources.outcomes import RejectedImage, UnsupportedImage

__all__ = [
    "DecodedImage",
    "ImageHeader",
    "IncompleteImage",
    "decode_upright",
    "flattened",
    "libvips_version",
    "limits_in_force",
    "note",
    "read_header",
]

LIGHT = 170
"""Mean luma (0-255) of the visible pixels above which a transparent picture goes on black."""


def read_header(content: bytes, limits: Limits) -> ImageHeader:
    """What the picture says of itself, without decoding pixels.

    Raises UnsupportedImage when no decoder here reads the format, RejectedImage when the header is
    damaged or declares more than ``limits.max_pixels`` (width x height x frames).
    """
    format_name = _format_of(content)
    try:
        return read_header_strictly(content, format_name, limits)
    except UndecodablePixels as error:
        form = mended(content, format_name, limits)
        if form is None:
            raise final(error) from error
        try:
            return read_header_strictly(form.content, format_name, limits)
        except UndecodablePixels:
            raise final(error) from None


def _format_of(content: bytes) -> str:
    if not content:
        raise RejectedImage("the file is empty")
    found = sniff(content)
    if found is None:
        raise UnsupportedImage(f"not a picture that can be read here: {describe(content)}")
    return found


def decode_upright(content: bytes, limits: Limits, at_most_px: int | None = None) -> DecodedImage:
    """Decode every pixel of the first page or frame, upright, in sRGB, 8 bits per channel.

    Colors are converted from what the file states, HDR is brought into the range of sRGB and noted
    (libvips' built-in profiles stand in for missing or broken ones of CMYK). With ``at_most_px``
    the longest side is at most that; never enlarged. Transparency is kept: see ``flattened``.
    Damage that leaves all pixels in place is noted.
    Raises UnsupportedImage, RejectedImage (IncompleteImage when some pixels are there); MemoryError
    when the process may use no more memory.
    """
    header = read_header(content, limits)
    if header.format == "tiff" and read_tiff_tags(content).is_camera_raw:
        note("a camera raw file: only the preview inside it is shown")
    if header.format == "png" and content.rfind(b"IEND") < 0:
        note("the end marker of the PNG is missing")
    try:
        return decode_strictly(content, header, at_most_px, limits)
    except UndecodablePixels as error:
        return second_reading(content, header, at_most_px, limits, error)


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

"""Headers and pixels through libvips: the first choice for JPEG, PNG, WebP, TIFF, GIF and SVG.

Always from a buffer: by path, libvips parses options out of file names and SVG reads its
neighbors. Never with the default of ``fail_on``: damaged files would decode without an error.
(``thumbnail_buffer`` of libvips 8.18 ignores that argument: it takes it as option string only.)
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import pyvips

from resources.decoding.color_statements import (
    NOTHING_STATED,
    StatedColors,
    colors_of_exif,
    colors_of_profile,
    profile_name,
)
from resources.decoding.decoder_words import in_words
from resources.decoding.image_formats import MEDIA_TYPES, ImageHeader
from resources.decoding.png_chunks import png_colors
from resources.decoding.upright_srgb import (
    COLOR_SPACES,
    ICC,
    NO_LIMIT_PX,
    finished,
    is_converted_here,
    shrinking,
    to_upright_srgb,
)
from resources.outcomes import RejectedImage

FAIL_ON: Literal["error"] = "error"

JPEG_FAIL_ON: Literal["warning"] = "warning"
"""libjpeg only warns when the data of a scan end before its last row, and goes on in gray."""

STRIP_PX = 16
"""Rows asked for at a time: a row of blocks of most JPEG files."""

EXIF_COLOR_SPACE = "exif-ifd2-ColorSpace"
EXIF_INTEROPERABILITY = "exif-ifd4-InteroperabilityIndex"
""""1 (sRGB, Short, ...)" and "R03 (R03, ASCII, ...)", as libvips shows EXIF's tags."""

BIT_DEPTHS = {
    "uchar": 8,
    "char": 8,
    "ushort": 16,
    "short": 16,
    "uint": 32,
    "int": 32,
    "float": 32,
    "double": 64,
    "complex": 64,
    "dpcomplex": 128,
}

SWAPPING_ORIENTATIONS = range(5, 9)
"""EXIF orientations that exchange width and height."""


class UndecodablePixels(RejectedImage):
    """A decoder refused the bytes; another one may still read them."""


@contextmanager
def vips_errors(format: str) -> Iterator[None]:
    """Turn libvips' errors inside the block into UndecodablePixels or MemoryError.

    Put only decoding of untrusted bytes inside: libvips raises the same error for a wrong argument.
    """
    pyvips.vips_lib.vips_error_clear()
    try:
        yield
    except pyvips.Error as error:
        detail = last_error(error)
        if "out of memory" in detail:
            raise MemoryError(detail) from error
        raise UndecodablePixels(f"damaged {format.upper()}: {in_words(detail)}") from error


def last_error(error: pyvips.Error) -> str:
    """The last line of libvips' error log that says what is wrong, without its domain."""
    lines = [line.strip() for line in str(error.detail).splitlines()]
    useful = [line for line in lines if line and "load error" not in line]
    if not useful or "not in a known format" in useful[-1]:
        return "its header cannot be read"
    return useful[-1].partition(": ")[2] or useful[-1]


def read_header(content: bytes, format: str) -> ImageHeader:
    """The header as libvips reads it, no pixel decoded. Raises UndecodablePixels."""
    with vips_errors(format):
        image = pyvips.Image.new_from_buffer(content, "", fail_on=FAIL_ON, access="sequential")
    orientation = _field(image, "orientation", 1)
    stored = (image.width, image.height)
    upright = stored[::-1] if orientation in SWAPPING_ORIENTATIONS else stored
    profile = image.get(ICC) if image.get_typeof(ICC) else None
    return ImageHeader(
        format=format,
        media_type=MEDIA_TYPES[format],
        decoder="libvips",
        width_px=upright[0],
        height_px=upright[1],
        stored_width_px=stored[0],
        stored_height_px=stored[1],
        orientation=orientation if orientation in range(1, 9) else 1,
        frame_count=max(_field(image, "n-pages", 1), apng_frames(content)),
        bit_depth=_field(image, "bits-per-sample", BIT_DEPTHS[image.format]),
        band_count=image.bands,
        colour_space=COLOR_SPACES.get(image.interpretation, "other"),
        has_alpha=bool(image.hasalpha()),
        icc_profile=profile_name(profile),
        colors=_stated_colors(image, content, format, profile),
    )


def _stated_colors(
    image: pyvips.Image,
    content: bytes,
    format: str,
    profile: bytes | None,
) -> StatedColors:
    """What the file states of its colors: PNG in its own order, else ICC before EXIF."""
    if format == "png":
        return png_colors(content, profile)
    stated = colors_of_profile(profile)
    return stated or colors_of_exif(*_exif_colors(image)) or NOTHING_STATED


def _exif_colors(image: pyvips.Image) -> tuple[int | None, str]:
    """EXIF's ColorSpace and InteroperabilityIndex, as libexif shows them."""
    space = image.get(EXIF_COLOR_SPACE) if image.get_typeof(EXIF_COLOR_SPACE) else ""
    index = image.get(EXIF_INTEROPERABILITY) if image.get_typeof(EXIF_INTEROPERABILITY) else ""
    number = space.partition(" ")[0]
    return int(number) if number.isdecimal() else None, str(index)


def _field(image: pyvips.Image, name: str, default: int) -> int:
    return int(image.get(name)) if image.get_typeof(name) else default


def apng_frames(content: bytes) -> int:
    """Frames that an animated PNG declares (acTL chunk before IDAT, PNG 3rd edition), else 1."""
    if not content.startswith(b"\x89PNG"):
        return 1
    chunk = content.find(b"acTL", 0, content.find(b"IDAT"))
    return int.from_bytes(content[chunk + 4 : chunk + 8], "big") if chunk > 0 else 1


def decode(
    content: bytes,
    header: ImageHeader,
    at_most_px: int | None,
    *,
    fail_on: Literal["warning", "error", "none"] | None = None,
) -> pyvips.Image:
    """Upright sRGB 8-bit pixels in memory, 3 bands or 4 with alpha, of the first page or frame.

    With ``at_most_px`` the longest side is at most that; never enlarged. Strict unless ``fail_on``
    says otherwise: with "none" pixels that are missing are gray or black. Raises UndecodablePixels.
    """
    fail_on = fail_on or strictness(header.format)
    with vips_errors(header.format):
        if is_decoded_at_full_size(header):
            loaded = pyvips.Image.new_from_buffer(content, "", fail_on=fail_on).copy_memory()
        else:
            side = at_most_px or NO_LIMIT_PX
            shrunk = pyvips.Image.thumbnail_buffer(
                content, side, option_string=f"[fail_on={fail_on}]", **shrinking(side, header)
            )
            return finished(shrunk, header)
    return to_upright_srgb(loaded, header, at_most_px)


def strictness(format: str) -> Literal["warning", "error"]:
    """What libvips must not pass over in a file of this format."""
    return JPEG_FAIL_ON if format == "jpeg" else FAIL_ON


def count_rows(content: bytes, header: ImageHeader) -> int:
    """How many rows from the top libvips decodes without an error, in steps of STRIP_PX."""
    top = 0
    try:
        fail_on = strictness(header.format)
        image = pyvips.Image.new_from_buffer(content, "", fail_on=fail_on, access="sequential")
        region = pyvips.Region.new(image)
        for top in range(0, image.height, STRIP_PX):
            region.fetch(0, top, image.width, min(STRIP_PX, image.height - top))
    except pyvips.Error:
        return top
    return header.stored_height_px


def is_decoded_at_full_size(header: ImageHeader) -> bool:
    """Whether libvips' shrinking decode, which ends at 8 bits of sRGB, would lose something.

    It knows no mapping to colors of measurements and odd bands; deep pixels in an encoding of which
    it does not know need their depth for the conversion.
    """
    is_deep = header.bit_depth > 8 and is_converted_here(header)
    is_odd = header.colour_space == "other" or header.band_count > 4
    return header.bit_depth > 16 or is_odd or is_deep or header.colour_space == "lab"

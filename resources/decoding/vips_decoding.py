"""Headers and pixels through libvips: the first choice for JPEG, PNG, WebP, TIFF, GIF and SVG.

Always from a buffer: by path, libvips parses options out of file names and SVG reads its
neighbors. Never with the default of ``fail_on``: damaged files would decode without an error.
(``thumbnail_buffer`` of libvips 8.18 ignores that argument: it takes it as option string only.)
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import numpy as np
import pyvips

from resources.decoding.color_statements import (
    NOTHING_STATED,
    StatedColors,
    colors_of_exif,
    colors_of_profile,
    profile_name,
)
from resources.decoding.decoder_words import in_words
from resources.decoding.decoding_context import note
from resources.decoding.image_formats import MEDIA_TYPES, ImageHeader
from resources.decoding.png_chunks import png_colors
from resources.decoding.tone_mapping import tone_mapped
from resources.outcomes import RejectedImage

FAIL_ON: Literal["error"] = "error"

JPEG_FAIL_ON: Literal["warning"] = "warning"
"""libjpeg only warns when the data of a scan end before its last row, and goes on in gray."""

STRIP_PX = 16
"""Rows asked for at a time: a row of blocks of most JPEG files."""

ICC = "icc-profile-data"

EXIF_COLOR_SPACE = "exif-ifd2-ColorSpace"
EXIF_INTEROPERABILITY = "exif-ifd4-InteroperabilityIndex"
""""1 (sRGB, Short, ...)" and "R03 (R03, ASCII, ...)", as libvips shows EXIF's tags."""

COLOR_SPACES = {
    "srgb": "rgb",
    "rgb": "rgb",
    "rgb16": "rgb",
    "scrgb": "rgb",
    "b-w": "grey",
    "grey16": "grey",
    "cmyk": "cmyk",
    "lab": "lab",
    "labs": "lab",
    "labq": "lab",
    "xyz": "xyz",
}
"""libvips' interpretations in our words; others are "other"."""

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

WHITE = 255

INTEGERS = ("uchar", "ushort")
"""Formats of which libvips knows the white: 255 and 65535."""

UNBOUNDED = ("scrgb", "lab", "labs", "labq", "xyz")
"""Color spaces that define their white for numbers of any kind."""

NO_LIMIT_PX = 10_000_000
"""Larger than any side libvips supports (VIPS_MAX_COORD): "do not shrink"."""

SWAPPING_ORIENTATIONS = range(5, 9)
"""EXIF orientations that exchange width and height."""


class UndecodablePixels(RejectedImage):
    """A decoder refused the bytes; another one may still read them."""


@contextmanager
def vips_errors(format: str) -> Iterator[None]:  # noqa: A002 - the word of the field
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


def read_header(content: bytes, format: str) -> ImageHeader:  # noqa: A002
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
    format: str,  # noqa: A002
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
                content, side, option_string=f"[fail_on={fail_on}]", **_shrinking(side, header)
            )
            return _finished(shrunk, header)
    return to_upright_srgb(loaded, header, at_most_px)


def strictness(format: str) -> Literal["warning", "error"]:  # noqa: A002
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


def _shrinking(side: int, header: ImageHeader) -> dict[str, object]:
    """Arguments of libvips' thumbnail operations: never enlarge, convert colors where needed.

    Without need the conversion is left out: it runs at full size and takes five times the decode.
    """
    profile = {"output_profile": "srgb"} if header.is_converted_by_profile else {}
    return {"height": side, "size": "down", **profile}


def is_decoded_at_full_size(header: ImageHeader) -> bool:
    """Whether libvips' shrinking decode, which ends at 8 bits of sRGB, would lose something.

    It knows no mapping to colors of measurements and odd bands; deep pixels in an encoding of which
    it does not know need their depth for the conversion.
    """
    is_deep = header.bit_depth > 8 and is_converted_here(header)
    is_odd = header.colour_space == "other" or header.band_count > 4
    return header.bit_depth > 16 or is_odd or is_deep or header.colour_space == "lab"


def _lab_in_srgb(image: pyvips.Image) -> pyvips.Image:
    """CIELAB in sRGB, 8 bits. TIFF's is under D50 as ICC's (ICC.1:2022, 6.3.4), libvips' under D65."""
    lab = image.colourspace("lab")
    return lab.icc_export(output_profile="srgb", pcs="lab", intent="relative", depth=8)


def is_converted_here(header: ImageHeader) -> bool:
    """Whether the file states its colors in a way that libvips does not know, or misreads."""
    return not header.is_srgb and not header.is_converted_by_profile


def to_upright_srgb(
    image: pyvips.Image, header: ImageHeader, at_most_px: int | None
) -> pyvips.Image:
    """Like ``decode``, for pixels already in memory, in the colors that the header states."""
    known = image if _has_route_to_srgb(image) else _stretched(image)
    side = at_most_px or NO_LIMIT_PX
    if not is_converted_here(header):
        known = known if known.get_typeof(ICC) else _tagged(known, header.colors)
        shrunk = known.thumbnail_image(side, **_shrinking(side, header))
        return _at_most_one_alpha(shrunk.colourspace("srgb")).copy_memory()
    converted = _in_srgb(known, header)
    return converted.thumbnail_image(side, height=side, size="down").copy_memory()


def _finished(shrunk: pyvips.Image, header: ImageHeader) -> pyvips.Image:
    """A shrunk picture of 8 bits in memory, converted from what its header states."""
    known = _in_srgb(shrunk, header) if is_converted_here(header) else shrunk
    return _at_most_one_alpha(known.colourspace("srgb")).copy_memory()


def _in_srgb(image: pyvips.Image, header: ImageHeader) -> pyvips.Image:
    """The picture of the same size in sRGB, 8 bits; HDR is noted. Keeps its orientation."""
    if header.colour_space == "lab":
        return _lab_in_srgb(image)
    colors = header.colors
    deep = image.format == "ushort"
    rgb = _at_most_one_alpha(_in_rgb(image, "rgb16" if deep else "srgb"))
    if colors.hdr:
        note(f"a high dynamic range picture ({colors.hdr.upper()}): shown in the range of sRGB")
        mapped = tone_mapped(rgb, colors)
        mapped.set_type(pyvips.GValue.gint_type, "orientation", _field(image, "orientation", 1))
        return mapped
    return _tagged(rgb, colors).icc_transform("srgb", embedded=True, depth=8)


def _tagged(image: pyvips.Image, colors: StatedColors) -> pyvips.Image:
    """The same pixels with the profile that their file states, if there is one."""
    tagged = image.copy()
    if colors.profile:
        tagged.set_type(pyvips.GValue.blob_type, ICC, colors.profile)
    return tagged


def _in_rgb(image: pyvips.Image, space: str) -> pyvips.Image:
    """The same numbers in three bands, and alpha."""
    return image if image.bands >= 3 else image.colourspace(space)


def _at_most_one_alpha(image: pyvips.Image) -> pyvips.Image:
    return image.extract_band(0, n=4) if image.bands > 4 else image


def _has_route_to_srgb(image: pyvips.Image) -> bool:
    is_scaled = image.format in INTEGERS or image.interpretation in UNBOUNDED
    return image.interpretation in COLOR_SPACES and is_scaled and image.bands <= 5


def _stretched(image: pyvips.Image) -> pyvips.Image:
    """Values without a defined white, darkest to black and lightest to white; noted."""
    note("the values have no defined white: shown from the smallest to the largest")
    values = image.extract_band(0, n=3 if image.bands == 3 else 1).numpy().astype(np.float64)
    finite = values[np.isfinite(values)]
    darkest, lightest = (finite.min(), finite.max()) if finite.size else (0, 0)
    scaled = (values - darkest) * (WHITE / ((lightest - darkest) or 1))
    plain = pyvips.Image.new_from_array(
        np.nan_to_num(scaled).clip(0, WHITE).round().astype(np.uint8)
    )
    return plain.copy(interpretation="srgb" if image.bands == 3 else "b-w")

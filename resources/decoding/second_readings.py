"""What is got out of a file that its decoder refused: all of its pixels, some of them, or none.

In this order: the same decoder on a form of the file whose frame is mended; Pillow, for what
libvips reads first; whatever pixels come without any strictness. When pixels are missing the file
stays refused, and what is there goes with the error.
"""

import re
from dataclasses import dataclass

import numpy as np
import pyvips

from resources.configuration.settings import Limits
from resources.decoding import pillow_decoding, vips_decoding
from resources.decoding.decoder_words import CUT_OFF, PIXELS
from resources.decoding.decoding_context import note
from resources.decoding.image_formats import ImageHeader
from resources.decoding.mended_files import Mended, has_every_row, mended
from resources.decoding.strict_decoding import (
    NOT_FOR_PILLOW,
    DecodedImage,
    checked,
    decode_strictly,
)
from resources.decoding.upright_srgb import NO_LIMIT_PX
from resources.decoding.vips_decoding import UndecodablePixels
from resources.outcomes import ImageProblem, UnsupportedImage

MISSING_FEATURE = re.compile(
    r"not (been )?(configured|supported|built|implemented)|unsupported"
    r"|no (codec|decod\w+)( plugin)? (available|installed)",
    re.IGNORECASE,
)
"""Words of decoders for "this build cannot", as opposed to "these bytes are wrong"."""


TOLERABLE = re.compile(
    r"extraneous bytes|JFIF revision|Adobe color transform|bad ICC marker|Inconsistent progression"
    r"|Invalid SOS|bad Huffman code|bad arithmetic code|instead of RST"
)
"""libjpeg's warnings (jerror.h) after which it goes on and reaches the last row."""


ONLY_IN_PILLOW = re.compile(r"ZSTD|LZMA")
"""Compressions of TIFF that Pillow's libtiff has and libvips' has not."""


class IncompleteImage(UndecodablePixels):
    """Pixels are missing. ``partial`` is the picture with what is there, the rest gray or black."""

    def __init__(self, message: str, partial: DecodedImage) -> None:
        super().__init__(message)
        self.partial = partial


@dataclass(frozen=True)
class Reading:
    """A picture, and which part of its pixels is known to be there: 1 for all, None if unknown."""

    decoded: DecodedImage
    share: float | None


def final(error: UndecodablePixels) -> ImageProblem:
    """``error``, as UnsupportedImage when it is the decoder that lacks something, not the file."""
    if MISSING_FEATURE.search(str(error)):
        return UnsupportedImage(str(error).replace("damaged", "no decoder here for this", 1))
    return error


def second_reading(
    content: bytes,
    header: ImageHeader,
    at_most_px: int | None,
    limits: Limits,
    first_error: UndecodablePixels,
) -> DecodedImage:
    """The picture, noted, when all of its pixels are there after all.

    Raises UnsupportedImage when decoders lack a feature, IncompleteImage when pixels are missing,
    ``first_error`` when none are there.
    """
    if MISSING_FEATURE.search(str(first_error)):
        return read_for_its_feature(content, header, at_most_px, limits, first_error)
    if tolerated := read_with_warnings(content, header, at_most_px, first_error):
        return tolerated
    reading = read_mended(content, header, at_most_px, limits)
    if reading and reading.share == 1:
        return reading.decoded
    by_pillow = read_by_pillow(content, header, at_most_px, limits)
    if by_pillow and not is_flat(by_pillow.image):
        note(f"only its second decoder reads it; the first one says: {first_error}")
        return by_pillow
    reading = reading or read_tolerantly(content, header, at_most_px, limits)
    return partly_there(content, header, reading, first_error)


def read_for_its_feature(
    content: bytes,
    header: ImageHeader,
    at_most_px: int | None,
    limits: Limits,
    first_error: UndecodablePixels,
) -> DecodedImage:
    """Pillow's reading of what libvips was built without.

    Raises UnsupportedImage when Pillow lacks it as well, UndecodablePixels when it has it and finds
    damage.
    """
    by_pillow = read_by_pillow(content, header, at_most_px, limits)
    if by_pillow:
        return by_pillow
    if ONLY_IN_PILLOW.search(str(first_error)):
        raise UndecodablePixels(f"damaged {header.format.upper()}: {PIXELS}") from first_error
    raise final(first_error)


def partly_there(
    content: bytes, header: ImageHeader, reading: Reading | None, first_error: UndecodablePixels
) -> DecodedImage:
    """A progressive JPEG with all of its rows, noted. Raises IncompleteImage or ``first_error``."""
    if reading is None or is_flat(reading.decoded.image):
        raise first_error
    if header.format == "jpeg" and has_every_row(content):
        note(f"{CUT_OFF}: the picture is there, its finest details are missing")
        return reading.decoded
    raise IncompleteImage(f"{first_error}; {in_words(reading.share)}", reading.decoded)


def in_words(share: float | None) -> str:
    """How much is there."""
    if share is None:
        return "a part of the picture is there"
    return f"about {min(99, int(share * 100))} % of the picture is there"


def read_with_warnings(
    content: bytes, header: ImageHeader, at_most_px: int | None, first_error: UndecodablePixels
) -> DecodedImage | None:
    """A JPEG whose decoder only warned and reached the last row, noted; None for all others."""
    if header.format != "jpeg" or not TOLERABLE.search(str(first_error)):
        return None
    try:
        image = vips_decoding.decode(content, header, at_most_px, fail_on="error")
    except UndecodablePixels:
        return None
    note(str(first_error).removeprefix("damaged JPEG: "))
    return DecodedImage(image, header, header.decoder)


def read_mended(
    content: bytes, header: ImageHeader, at_most_px: int | None, limits: Limits
) -> Reading | None:
    """A strict decode of the file with its frame mended, noted when all pixels are there."""
    form = mended(content, header.format, limits)
    if form is None:
        return None
    try:
        reading = read_form(form, header, at_most_px, limits)
    except UndecodablePixels:
        return None
    if reading.share == 1:
        note(form.remark)
    return reading


def read_form(form: Mended, header: ImageHeader, at_most_px: int | None, limits: Limits) -> Reading:
    """The picture of a mended file; with a twin, the share of pixels that are equal in both."""
    if form.twin is None:
        return Reading(decode_strictly(form.content, header, at_most_px, limits), form.share)
    full = decode_strictly(form.content, header, None, limits)
    try:
        other = decode_strictly(form.twin, header, None, limits).image
        share = share_of_equal_pixels(full.image, other)
    except UndecodablePixels:
        share = None
    side = at_most_px or NO_LIMIT_PX
    shrunk = full.image.thumbnail_image(side, height=side, size="down").copy_memory()
    return Reading(DecodedImage(shrunk, full.header, full.decoder), share)


def share_of_equal_pixels(one: pyvips.Image, other: pyvips.Image) -> float:
    """From 0 to 1; 0 for pictures of different sizes."""
    if (one.width, one.height, one.bands) != (other.width, other.height, other.bands):
        return 0.0
    return float(np.mean((one.numpy() == other.numpy()).all(axis=-1)))


def read_by_pillow(
    content: bytes, header: ImageHeader, at_most_px: int | None, limits: Limits
) -> DecodedImage | None:
    """Pillow's reading of what libvips refused; None when it refuses, too, or would be too lax."""
    if header.decoder != "libvips" or header.format in NOT_FOR_PILLOW:
        return None
    try:
        second = checked(pillow_decoding.read_header(content, header.format, limits), limits)
        image = pillow_decoding.decode(content, second, at_most_px, limits)
    except UndecodablePixels:
        return None
    return DecodedImage(image, second, second.decoder)


def read_tolerantly(
    content: bytes, header: ImageHeader, at_most_px: int | None, limits: Limits
) -> Reading | None:
    """What comes without strictness; None when nothing does."""
    try:
        if header.decoder == "libvips":
            image = vips_decoding.decode(content, header, at_most_px, fail_on="none")
            share = vips_decoding.count_rows(content, header) / header.stored_height_px
            return Reading(DecodedImage(image, header, header.decoder), share or None)
        if header.decoder in ("pillow", "pi-heif"):
            image = pillow_decoding.decode(content, header, at_most_px, limits, is_tolerant=True)
            return Reading(DecodedImage(image, header, header.decoder), None)
    except UndecodablePixels:
        return None
    return None


def is_flat(image: pyvips.Image) -> bool:
    """Whether all pixels have one color: then nothing of the picture is there."""
    pixels = image.numpy().reshape(-1, image.bands)
    return bool((pixels == pixels[0]).all())

"""What Pillow passes over in JPEG 2000: its ICC profile, and palettes with equal colors in them."""

import io

import imagecodecs
import numpy as np
import pyvips
from PIL.Jpeg2KImagePlugin import BoxReader

from resources.decoding.decoder_words import in_words
from resources.decoding.vips_decoding import UndecodablePixels
from resources.outcomes import UnsupportedImage

CONTAINER = b"\0\0\0\x0cjP  "
"""Signature box (ISO/IEC 15444-1, annex I.5.1); a bare codestream has no colors to state."""

PROFILE_METHODS = (2, 3)
"""METH of a colr box that holds an ICC profile (15444-1, I.5.3.3; 15444-2, M.11.7.3)."""


def jp2_profile(content: bytes) -> bytes | None:
    """The ICC profile of the container. Raises SyntaxError or OSError for damaged boxes."""
    if not content.startswith(CONTAINER):
        return None
    reader = BoxReader(io.BytesIO(content), len(content))
    while reader.has_next_box():
        if reader.next_box_type() == b"jp2h":
            return _profile_in(reader.read_boxes())
    return None


def _profile_in(header: BoxReader) -> bytes | None:
    while header.has_next_box():
        if header.next_box_type() == b"colr":
            method = header.read_fields(">BBB")[0]
            if method in PROFILE_METHODS:
                return bytes(header.read_fields(f">{header.remaining_in_box}s")[0])
    return None


def decode_palette_jp2(content: bytes) -> pyvips.Image:
    """The pixels of a picture with a palette, 3 or 4 bands of uint8, by OpenJPEG itself.

    Raises UndecodablePixels, and UnsupportedImage for a palette of other depths.
    """
    try:
        pixels = np.atleast_3d(imagecodecs.jpeg2k_decode(content))
    except (imagecodecs.Jpeg2kError, ValueError) as error:
        raise UndecodablePixels(f"damaged JP2: {in_words(str(error))}") from error
    if pixels.shape[2] < 3 or pixels.dtype != np.uint8:
        raise UnsupportedImage("a JPEG 2000 picture with a kind of palette that is not read here")
    return pyvips.Image.new_from_array(pixels[..., :4]).copy(interpretation="srgb")

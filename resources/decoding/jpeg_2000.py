"""What Pillow gets wrong in JPEG 2000, or passes over.

It passes over the ICC profile, merges equal colors of a palette, and rounds 16-bit white to black.
"""

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

SIZ = b"\xff\x4f\xff\x51"
SSIZ = 42
"""Start of every codestream: SOC and SIZ (annex A); where the first component's depth follows."""

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


def bits_per_sample(content: bytes) -> int:
    """Bits of the first component (Ssiz of the SIZ marker, annex A.5.1); 8 when there is none."""
    start = content.find(SIZ)
    place = start + SSIZ
    return (content[place] & 0x7F) + 1 if start >= 0 and place < len(content) else 8


def decode_jp2(content: bytes, depth: int) -> pyvips.Image:
    """The pixels of a picture with a palette or of more than 8 bits, by OpenJPEG itself.

    1 to 4 bands of uint8 or uint16, which are filled: ``depth`` bits are stretched to 16. Raises
    UndecodablePixels, and UnsupportedImage for other bands and numbers.
    """
    try:
        pixels = np.atleast_3d(imagecodecs.jpeg2k_decode(content))
    except (imagecodecs.Jpeg2kError, ValueError) as error:
        raise UndecodablePixels(f"damaged JP2: {in_words(str(error))}") from error
    if pixels.shape[2] > 4 or pixels.dtype not in (np.uint8, np.uint16):
        raise UnsupportedImage("a JPEG 2000 picture with numbers of a kind that is not read here")
    if pixels.dtype == np.uint16:
        pixels = np.round(pixels * (0xFFFF / ((1 << min(depth, 16)) - 1))).astype(np.uint16)
    names = ("grey16", "rgb16") if pixels.dtype == np.uint16 else ("b-w", "srgb")
    return pyvips.Image.new_from_array(pixels).copy(interpretation=names[pixels.shape[2] >= 3])

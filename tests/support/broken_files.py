"""Files of which only the frame is damaged, and files of which pixels are missing, drawn here."""

import io
import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image, TiffImagePlugin

from tests.support.stated_colors import chunk

SHAPE = (96, 128, 3)
CORPUS = Path(__file__).parents[1] / "corpus"


def scene() -> Image.Image:
    """Blocks of color with a little noise: every row differs from the one above."""
    chance = np.random.default_rng(1)
    blocks = np.kron(chance.integers(20, 235, (6, 8, 3)), np.ones((16, 16, 1)))
    pixels = (blocks + chance.integers(-9, 9, SHAPE)).clip(0, 255).astype(np.uint8)
    return Image.fromarray(pixels)


def saved(format: str, **options: object) -> bytes:
    """The scene, encoded."""
    buffer = io.BytesIO()
    scene().save(buffer, format, **options)
    return buffer.getvalue()


def idat(png: bytes) -> tuple[int, int]:
    """Where the only IDAT chunk begins, and the length of its data."""
    start = png.index(b"IDAT") - 4
    return start, int.from_bytes(png[start : start + 4], "big")


def png_with_pixels(compressed: bytes) -> bytes:
    """The scene as a PNG with other compressed data."""
    start, length = idat(PNG)
    return PNG[:start] + chunk(b"IDAT", compressed) + PNG[start + 12 + length :]


def png_with_wrong(place: str) -> bytes:
    """The scene as a PNG with wrong bytes in one place."""
    start, length = idat(PNG)
    pixels = PNG[start + 8 : start + 8 + length]
    text = chunk(b"tEXt", b"Title\0hello")
    match place:
        case "checksum of the pixels":
            return PNG[: start + 8 + length] + b"\0\0\0\0" + PNG[start + 12 + length :]
        case "checksum of zlib":
            return png_with_pixels(pixels[:-4] + b"abcd")
        case "no checksum of zlib":
            return png_with_pixels(pixels[:-4])
        case "checksum of a text":
            return PNG[:33] + text[:-4] + b"zzzz" + PNG[33:]
        case "length of a text":
            return PNG[:33] + struct.pack(">I", 5000) + text[4:] + PNG[33:]
        case "endless text":
            return PNG[:33] + struct.pack(">I", 2**31) + text[4:] + PNG[33:]
    raise ValueError(place)


def wrong_checksum(tiff: bytes) -> bytes:
    """A TIFF of one deflated strip whose last byte is wrong."""
    with Image.open(io.BytesIO(tiff)) as opened:
        assert isinstance(opened, TiffImagePlugin.TiffImageFile)
        (start,), (count,) = opened.tag_v2[273], opened.tag_v2[279]
    last = start + count - 1
    return tiff[:last] + bytes([255 - tiff[last]]) + tiff[last + 1 :]


JPEG = saved("JPEG", quality=90)
PROGRESSIVE = saved("JPEG", quality=90, progressive=True)
PNG = saved("PNG")
GIF = saved("GIF", interlace=0)
TIFF = saved("TIFF")
DEFLATED_TIFF = saved("TIFF", compression="tiff_adobe_deflate")
WEBP = saved("WEBP", quality=90)
WEBP_WITH_EXIF = saved("WEBP", quality=90, exif=b"Exif\0\0II*\0\x08\0\0\0\0\0\0\0" * 9)
LOSSLESS_DEFLATED_TIFF = saved("TIFF", compression="tiff_adobe_deflate")
WEBP = saved("WEBP", lossless=True)
AVIF = saved("AVIF")
BMP = saved("BMP")
PPM = saved("PPM")
JPEG_2000 = saved("JPEG2000")
SVG = (
    b'<svg xmlns="http://www.w3.org/2000/svg" width="80" height="60">'
    b'<rect width="40" height="60" fill="#c03020"/></svg>'
)
HEIC = (CORPUS / "good__thumbor__image.heic").read_bytes()

COMPLETE = {
    "JPEG without its end marker": (JPEG[:-2], JPEG),
    "JPEG with half an end marker": (JPEG[:-1], JPEG),
    "progressive JPEG without its end marker": (PROGRESSIVE[:-2], PROGRESSIVE),
    "PNG without its end": (PNG[:-12], PNG),
    "PNG, wrong checksum of the pixels": (png_with_wrong("checksum of the pixels"), PNG),
    "PNG, wrong checksum of zlib": (png_with_wrong("checksum of zlib"), PNG),
    "PNG, no checksum of zlib": (png_with_wrong("no checksum of zlib"), PNG),
    "PNG, wrong checksum of a text": (png_with_wrong("checksum of a text"), PNG),
    "PNG, wrong length of a text": (png_with_wrong("length of a text"), PNG),
    "PNG, text without end": (png_with_wrong("endless text"), PNG),
    "TIFF, wrong checksum of zlib": (wrong_checksum(DEFLATED_TIFF), DEFLATED_TIFF),
    "WebP without its last byte": (WEBP_WITH_EXIF[:-1], WEBP_WITH_EXIF),
    "WebP with half its EXIF": (WEBP_WITH_EXIF[:-60], WEBP_WITH_EXIF),
    "WebP that claims to be longer": (WEBP[:4] + struct.pack("<I", 99_999) + WEBP[8:], WEBP),
    "JPEG 2000 without its end marker": (JPEG_2000[:-2], JPEG_2000),
    "JPEG 2000 with half an end marker": (JPEG_2000[:-1], JPEG_2000),
    "SVG followed by something else": (SVG + b"<script>1</script>", SVG),
    "HEIC without its last byte": (HEIC[:-1], HEIC),
}
"""What is damaged, and the same file undamaged: all pixels are there."""

TRAILING = {
    "JPEG": JPEG,
    "PNG": PNG,
    "GIF": GIF,
    "TIFF": TIFF,
    "WebP": WEBP,
    "AVIF": AVIF,
    "BMP": BMP,
    "HEIC": HEIC,
}
"""Files to which bytes may be added at the end: phones append videos, downloads pages of HTML."""

INCOMPLETE = {
    "half a JPEG": JPEG[: len(JPEG) // 2],
    "half a JPEG with an end marker": JPEG[: len(JPEG) // 2] + b"\xff\xd9",
    "a JPEG without its last rows": JPEG[:-40],
    "half a PNG": PNG[: len(PNG) // 2],
    "a PNG without its last rows": PNG[:-2000],
    "half a GIF": GIF[: len(GIF) // 2],
    "half a TIFF": TIFF[: len(TIFF) // 2],
    "half a WebP": WEBP[: len(WEBP) // 2],
    "half an AVIF": AVIF[: len(AVIF) * 2 // 3],
    "half a BMP": BMP[: len(BMP) // 2],
    "half a PPM": PPM[: len(PPM) // 2],
}
"""Pixels are missing."""


def wrong_zlib() -> bytes:
    """A PNG whose pixels are no zlib stream at all."""
    return png_with_pixels(b"not compressed" * 9)


def unfiltered(rows: int) -> bytes:
    """Compressed rows of the scene without filters, as PNG wants them."""
    pixels = np.asarray(scene())[:rows]
    return zlib.compress(b"".join(b"\0" + row.tobytes() for row in pixels))

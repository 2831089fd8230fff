"""Headers and pixels through Pillow, and through pi-heif, its plugin for HEIC.

For what libvips does not read (BMP, JPEG 2000, ICO, PSD, TGA, PPM, AVIF's transforms, ...) and as
second opinion on what it refuses. Pillow yields raw pixels; libvips makes them upright sRGB.
"""

import io
import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pi_heif
import pyvips
from PIL import ExifTags, Image, ImageFile, UnidentifiedImageError

from resources.configuration.settings import Limits
from resources.decoding.avif_colors import avif_code_points
from resources.decoding.bmp_profile import bmp_profile
from resources.decoding.color_statements import (
    NOTHING_STATED,
    UNSPECIFIED,
    StatedColors,
    colors_of_cicp,
    colors_of_exif_tags,
    colors_of_profile,
    profile_name,
)
from resources.decoding.decoder_words import in_words
from resources.decoding.image_formats import MEDIA_TYPES, PILLOW_NAMES, ImageHeader
from resources.decoding.jpeg_2000 import bits_per_sample, decode_jp2, jp2_profile
from resources.decoding.png_chunks import png_colors
from resources.decoding.upright_srgb import to_upright_srgb
from resources.decoding.vips_decoding import SWAPPING_ORIENTATIONS, UndecodablePixels
from resources.outcomes import RejectedImage

ImageFile.LOAD_TRUNCATED_IMAGES = False

DECODING_ERRORS = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    IndexError,
    KeyError,
    TypeError,
    OverflowError,
    RuntimeError,
    AttributeError,
    AssertionError,
    ZeroDivisionError,
    struct.error,
)
"""What Pillow's pure Python readers raise on damaged bytes; they promise no single type."""

VIPS_INTERPRETATIONS = {
    "L": "b-w",
    "LA": "b-w",
    "RGB": "srgb",
    "RGBA": "srgb",
    "CMYK": "cmyk",
    "I;16": "grey16",
    "I": "b-w",
    "F": "b-w",
}
"""Pillow modes whose arrays libvips takes as they are."""

TURNED_BY_PILLOW = ("tiff",)
"""Formats that Pillow makes upright itself, when it loads them."""

COLOR_SPACES = {"1": "grey", "L": "grey", "LA": "grey", "La": "grey", "CMYK": "cmyk", "LAB": "lab"}
COLOR_SPACES |= {"I": "grey", "F": "grey", "I;16": "grey", "I;16B": "grey", "I;16L": "grey"}
BIT_DEPTHS = {"1": 1, "I": 32, "F": 32, "I;16": 16, "I;16B": 16, "I;16L": 16}


@contextmanager
def pillow_errors(format: str) -> Iterator[None]:
    """Turn what Pillow raises on damaged bytes into UndecodablePixels, a bomb into RejectedImage.

    Put only Pillow's reading of untrusted bytes inside: a bug of ours would look like damage.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # damage that matters raises
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            yield
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise RejectedImage(
            f"declares more than the {Image.MAX_IMAGE_PIXELS:,} pixels allowed"
        ) from error
    except DECODING_ERRORS as error:
        detail = "" if isinstance(error, UnidentifiedImageError) else str(error)
        detail = detail or "no valid header"
        raise UndecodablePixels(f"damaged {format.upper()}: {in_words(detail)}") from error


@contextmanager
def _tolerance(*, is_tolerant: bool) -> Iterator[None]:
    """Pillow's switch for files that end too early is global."""
    ImageFile.LOAD_TRUNCATED_IMAGES = is_tolerant
    try:
        yield
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = False


def read_header(content: bytes, format: str, limits: Limits) -> ImageHeader:
    """The header as Pillow or pi-heif reads it. Raises UndecodablePixels, RejectedImage."""
    with pillow_errors(format):
        picture = _open(content, format, limits)
        orientation = int(picture.getexif().get(ExifTags.Base.Orientation, 1))
        frame_count = int(getattr(picture, "n_frames", 1))
        colors = _stated_colors(picture, content, format)
        profile = _profile_of(picture, content, format)
    shown = picture.size
    swapped = shown[::-1] if orientation in SWAPPING_ORIENTATIONS else shown
    upright, stored = (shown, swapped) if format in TURNED_BY_PILLOW else (swapped, shown)
    has_alpha = picture.has_transparency_data
    return ImageHeader(
        format=format,
        media_type=MEDIA_TYPES[format],
        decoder="pi-heif" if format == "heic" else "pillow",
        width_px=upright[0],
        height_px=upright[1],
        stored_width_px=stored[0],
        stored_height_px=stored[1],
        orientation=orientation if orientation in range(1, 9) else 1,
        frame_count=frame_count,
        bit_depth=_bit_depth(picture, content, format),
        band_count=len(picture.getbands()),
        colour_space=COLOR_SPACES.get(picture.mode, "rgb"),
        has_alpha=has_alpha,
        icc_profile=profile_name(profile),
        colors=colors,
    )


def _bit_depth(picture: Image.Image, content: bytes, format: str) -> int:
    if format == "jp2":
        return bits_per_sample(content)
    return int(BIT_DEPTHS.get(picture.mode, picture.info.get("bit_depth", 8)))


def _stated_colors(picture: Image.Image, content: bytes, format: str) -> StatedColors:
    """What the file states of its colors, in the order of its format's standard."""
    profile = _profile_of(picture, content, format)
    if format == "png":
        return png_colors(content, profile)
    stated = colors_of_profile(profile)
    if stated is None and format in ("heic", "avif"):
        stated = colors_of_cicp(*_code_points(picture, content, format))
    return stated or colors_of_exif_tags(picture.getexif()) or NOTHING_STATED


def _profile_of(picture: Image.Image, content: bytes, format: str) -> bytes | None:
    match format:
        case "jp2":
            return jp2_profile(content)
        case "bmp":
            return bmp_profile(content)
    profile: bytes | None = picture.info.get("icc_profile")
    return profile


def _code_points(picture: Image.Image, content: bytes, format: str) -> tuple[int, int]:
    """Primaries and transfer that the container states (ISO/IEC 14496-12, 12.1.5)."""
    if format == "avif":
        return avif_code_points(content)
    nclx = picture.info.get("nclx_profile")
    return (nclx["color_primaries"], nclx["transfer_characteristics"]) if nclx else UNSPECIFIED


def _open(content: bytes, format: str, limits: Limits) -> Image.Image:
    Image.MAX_IMAGE_PIXELS = limits.max_pixels
    if format == "heic":
        picture: Image.Image = pi_heif.HeifImageFile(io.BytesIO(content))
        return picture
    return Image.open(io.BytesIO(content), formats=[PILLOW_NAMES[format]])


def decode(
    content: bytes,
    header: ImageHeader,
    at_most_px: int | None,
    limits: Limits,
    *,
    is_tolerant: bool = False,
) -> pyvips.Image:
    """Upright sRGB 8-bit pixels in memory, as ``vips_decoding.decode`` gives them.

    ``is_tolerant``: what is missing of the pixels is black.
    """
    with pillow_errors(header.format), _tolerance(is_tolerant=is_tolerant):
        picture = _open(content, header.format, limits)
        if header.format == "jp2" and (picture.mode in ("P", "PA") or header.bit_depth > 8):
            return to_upright_srgb(decode_jp2(content, header.bit_depth), header, at_most_px)
        picture.load()
        if picture.mode == "LAB":
            return to_upright_srgb(_lab_of(picture), header, at_most_px)
        plain = _in_plain_mode(picture)
        pixels = np.asarray(plain)
    interpretation = VIPS_INTERPRETATIONS[plain.mode]
    if plain.mode == "I" and header.format != "tiff":  # Pillow scales 16-bit PGM and others so
        pixels, interpretation = pixels.clip(0, 0xFFFF).astype(np.uint16), "grey16"
    image = pyvips.Image.new_from_array(pixels).copy(interpretation=interpretation)
    if header.format not in TURNED_BY_PILLOW:
        image.set_type(pyvips.GValue.gint_type, "orientation", header.orientation)
    return to_upright_srgb(image, header, at_most_px)


def _lab_of(picture: Image.Image) -> pyvips.Image:
    """CIELAB of a picture of mode LAB, as float: Pillow keeps L * 2.55, and a and b as int8."""
    levels = np.asarray(picture)
    lightness = levels[..., :1].astype(np.float32) * np.float32(100 / 255)
    lab = np.concatenate([lightness, levels[..., 1:].view(np.int8).astype(np.float32)], axis=-1)
    return pyvips.Image.new_from_array(lab).copy(interpretation="lab")


def _in_plain_mode(picture: Image.Image) -> Image.Image:
    """The same pixels in one of VIPS_INTERPRETATIONS' modes, transparency as an alpha band."""
    if picture.mode == "I;16B":
        return picture.convert("I")
    if picture.has_transparency_data and picture.mode not in ("LA", "RGBA"):
        return picture.convert("RGBA")
    if picture.mode in VIPS_INTERPRETATIONS:
        return picture
    return picture.convert("L" if picture.mode in ("1", "La") else "RGB")

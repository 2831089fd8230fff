"""Tags of a TIFF's first page that decide who reads it, and what its numbers mean.

Read by Pillow's reader of directories, which does not mind what the pixels are.
"""

import io
import struct
import warnings
from dataclasses import dataclass

from PIL import ExifTags, Image, TiffImagePlugin

from resources.decoding.color_statements import (
    D65,
    StatedColors,
    colors_of_exif_tags,
    colors_of_gamma,
)

BIG_TIFF = 43
"""Version number of a BigTIFF, whose header has 8 bytes more."""

NEW_JPEG = 7

YCBCR = 6
"""PhotometricInterpretation of brightness and color differences (section 21)."""

OLD_JPEG = 6
"""Compression by the JPEG of TIFF 6.0, section 22, which Technical Note 2 of 1995 replaced."""

FLOATING_POINT = 3
"""SampleFormat of IEEE numbers (TIFF 6.0, page 80)."""

SUB_IFDS = 330
"""TIFF tag of further pictures inside a page (TIFF Technical Note 1)."""


READING_ERRORS = (
    OSError,
    ValueError,
    SyntaxError,
    KeyError,
    TypeError,
    IndexError,
    OverflowError,
    ZeroDivisionError,
    RuntimeError,
    struct.error,
)
"""What Pillow's reader raises on damaged directories."""


@dataclass(frozen=True)
class TiffTags:
    """What the first page says. ``bits`` are per sample; ``colors`` None if nothing is stated."""

    compression: int = 1
    photometric: int = 1
    bits: int = 1
    is_float: bool = False
    is_camera_raw: bool = False
    colors: StatedColors | None = None

    @property
    def is_read_by_libtiff_alone(self) -> bool:
        """Whether libvips would misread the samples, or not read them at all."""
        return self.compression == OLD_JPEG or (self.is_float and self.bits < 32)

    @property
    def is_read_by_pillow(self) -> bool:
        """Whether libvips would take color differences for colors: it converts only JPEG's."""
        return self.photometric == YCBCR and self.compression not in (OLD_JPEG, NEW_JPEG)


def read_tiff_tags(content: bytes) -> TiffTags:
    """The tags of the first page; what TIFF takes for granted where they cannot be read."""
    if content[8:10] == b"CR":  # Canon's mark
        return TiffTags(is_camera_raw=True)
    try:
        tags = first_directory(content)
        return TiffTags(
            compression=int(first(tags.get(ExifTags.Base.Compression, 1))),
            photometric=int(first(tags.get(ExifTags.Base.PhotometricInterpretation, 1))),
            bits=int(first(tags.get(ExifTags.Base.BitsPerSample, 1))),
            is_float=first(tags.get(ExifTags.Base.SampleFormat, 1)) == FLOATING_POINT,
            is_camera_raw=is_camera_raw(tags),
            colors=exif_colors(content, tags) or colors_of_chromaticities(tags),
        )
    except READING_ERRORS:
        return TiffTags()


def first_directory(content: bytes) -> TiffImagePlugin.ImageFileDirectory_v2:
    """The tags of the first page. Raises one of READING_ERRORS."""
    start = 16 if BIG_TIFF in content[2:4] else 8
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of damaged tags, which are passed over
        tags = TiffImagePlugin.ImageFileDirectory_v2(content[:start])
        file = io.BytesIO(content)
        file.seek(tags.next)
        tags.load(file)
    return tags


def is_camera_raw(tags: TiffImagePlugin.ImageFileDirectory_v2) -> bool:
    """Whether a page is the preview of a camera raw file: DNG, or one with SubIFDs (NEF, ARW)."""
    is_preview = bool(int(first(tags.get(ExifTags.Base.NewSubfileType, 0))) & 1)
    return ExifTags.Base.DNGVersion in tags or (is_preview and SUB_IFDS in tags)


def first(value: object) -> float:
    """The number, or the first of several."""
    one = value[0] if isinstance(value, tuple) else value
    return float(one)  # type: ignore[arg-type]  # Pillow's own rationals are numbers


def exif_colors(content: bytes, tags: TiffImagePlugin.ImageFileDirectory_v2) -> StatedColors | None:
    """What the page's EXIF states of its colors."""
    if ExifTags.IFD.Exif not in tags:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of damaged tags, which are passed over
        exif = Image.Exif()
        exif.load(content)
        return colors_of_exif_tags(exif)


def colors_of_chromaticities(tags: TiffImagePlugin.ImageFileDirectory_v2) -> StatedColors | None:
    """What PrimaryChromaticities and WhitePoint state (TIFF 6.0, section 20), with sRGB's curve."""
    corners = tags.get(ExifTags.Base.PrimaryChromaticities)
    if not isinstance(corners, tuple) or len(corners) != 6:
        return None
    red_x, red_y, green_x, green_y, blue_x, blue_y = (float(number) for number in corners)
    white = tags.get(ExifTags.Base.WhitePoint, D65)
    white_x, white_y = (float(number) for number in white)
    primaries = (red_x, red_y, green_x, green_y, blue_x, blue_y)
    return colors_of_gamma(None, primaries, (white_x, white_y), source="tags")

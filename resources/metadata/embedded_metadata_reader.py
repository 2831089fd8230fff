"""Embedded metadata of one picture, by exiftool when it is installed, else by Pillow.

Both give the same tags for what matters (EXIF, GPS, IPTC, XMP, PNG's texts, the ICC profile's
name); exiftool also reads maker notes, many more formats, and the EXIF orientation of an AVIF
(which does not count there). Nothing here decodes pixels, and nothing decides about the picture:
metadata that cannot be read, or not within bounds, is left out with a note.
"""

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

import pi_heif
import PIL
from PIL import Image, ImageCms
from PIL.PsdImagePlugin import PsdImageFile

from resources.decoding.decoding_context import limits_in_force
from resources.decoding.image_formats import PILLOW_NAMES
from resources.decoding.pillow_decoding import pillow_errors
from resources.decoding.vips_decoding import UndecodablePixels
from resources.metadata import exiftool
from resources.metadata.exif_tags import container_of, read_exif
from resources.metadata.iptc_tags import DIGEST_RESOURCE, IPTC_RESOURCE, image_resources, read_iptc
from resources.metadata.png_chunks import read_png
from resources.metadata.svg_texts import read_svg
from resources.metadata.tags import MetadataReading, Tags, bounded_tags, text_or_digest
from resources.metadata.xmp_tags import read_xmp
from resources.outcomes import RejectedImage, UnsupportedImage

XMP_TAG = 700
IPTC_TAG = 33723
PHOTOSHOP_TAG = 34377
ICC_TAG = 34675
"""Where a TIFF keeps the other kinds (Adobe, "XMP Specification Part 3", section 1.1.4)."""

EXIF_RESOURCE, XMP_RESOURCE = 0x0422, 0x0424
"""Where a Photoshop document keeps them (Adobe, "Photoshop File Formats", image resources)."""

WITHOUT_METADATA = frozenset(
    {"bmp", "dds", "icns", "ico", "pcx", "ppm", "qoi", "sgi", "tga", "xbm", "xpm"}
)
"""Formats that hold none of the kinds read here."""

CUT_DATE = re.compile(rb"(\d{4}:\d\d:\d\d)\0(\d\d:\d\d:\d\d)")
WHERE_DATES_ARE_BYTES = 131_072
"""A date of EXIF with a zero byte before its clock, at which every reader ends; EXIF is among the
first 64 kB of a JPEG."""

COMMENTED = frozenset({"jpeg", "gif"})
"""Formats with a comment that both engines read."""


@dataclass(frozen=True)
class Blocks:
    """The kinds of metadata as they are in a file, before they are read."""

    exif: bytes = b""
    xmp: bytes = b""
    icc: bytes = b""
    photoshop: Mapping[int, bytes] = field(default_factory=dict)
    comment: bytes = b""
    orientation: int | None = None  # as the file had it, where the decoder has reset it


@cache
def chosen_engine() -> tuple[str, str]:
    """The reader in use on this machine and its version: ("exiftool", "13.25") or ("pillow", ...).

    Asked once per process; installing exiftool makes older rows stale, since the name changes.
    """
    version = exiftool.usable_version()
    return ("exiftool", version) if version else ("pillow", PIL.__version__)


def read_embedded_metadata(content: bytes, format: str, engine: str) -> MetadataReading:
    """All embedded metadata of a picture, within bounds; ``format`` as in decoding.image_formats.

    Empty, with a note, where the engine does not read the format's or takes too long over them.
    """
    if format in WITHOUT_METADATA:
        return MetadataReading({})
    if format == "png":
        reading = _read_png(content, engine)
    elif format == "svg":
        reading = read_svg(content)
    else:
        read = read_with_exiftool if engine == "exiftool" else read_with_pillow
        reading = read(with_whole_dates(content), format)
    bounded = bounded_tags(reading.tags)
    return MetadataReading(bounded.tags, (*reading.notes, *bounded.notes))


def with_whole_dates(content: bytes) -> bytes:
    """The file with a space for the zero byte in the middle of a date."""
    begin = content[:WHERE_DATES_ARE_BYTES]
    mended = CUT_DATE.sub(rb"\1 \2", begin)
    return content if mended == begin else mended + content[WHERE_DATES_ARE_BYTES:]


def read_with_exiftool(content: bytes, format: str) -> MetadataReading:
    """What exiftool finds; where it takes too long, what Pillow does, with a note of it.

    A picture with a million directories is still a good picture.
    """
    try:
        return exiftool.read(content)
    except RejectedImage as problem:
        reading = read_with_pillow(content, format)
        return MetadataReading(reading.tags, (f"{problem}: read by Pillow", *reading.notes))


def read_with_pillow(content: bytes, format: str) -> MetadataReading:
    """The tags that Pillow and defusedxml find; none, with a note, where they cannot read."""
    try:
        blocks = blocks_of(content, format)
    except (UndecodablePixels, RejectedImage, UnsupportedImage) as error:
        return MetadataReading({}, (f"no metadata read: {error}",))
    reading = read_blocks(blocks)
    tags = dict(reading.tags)
    if blocks.comment and format in COMMENTED:
        tags["File:Comment"] = text_or_digest(blocks.comment)
    if format == "avif":  # Pillow writes the picture's own rotation over EXIF's
        tags.pop("IFD0:Orientation", None)
    if blocks.orientation:
        kind = "IFD0" if "IFD0:Orientation" in tags else "XMP-tiff"
        tags[f"{kind}:Orientation"] = blocks.orientation
    return MetadataReading(tags, reading.notes)


def read_blocks(blocks: Blocks) -> MetadataReading:
    """The tags of all blocks."""
    readings = [
        read_exif(blocks.exif) if blocks.exif else MetadataReading({}),
        read_xmp(blocks.xmp) if blocks.xmp else MetadataReading({}),
        _read_photoshop(blocks.photoshop),
        _read_icc(blocks.icc) if blocks.icc else MetadataReading({}),
    ]
    tags = {name: value for reading in readings for name, value in reading.tags.items()}
    return MetadataReading(tags, tuple(note for reading in readings for note in reading.notes))


def _read_png(content: bytes, engine: str) -> MetadataReading:
    """Texts by us, which both engines then share; the rest by the engine."""
    png = read_png(content)
    blocks = Blocks(
        exif=png.blocks.get("exif", b""),
        xmp=png.blocks.get("xmp", b""),
        icc=png.blocks.get("icc", b""),
        photoshop=image_resources(png.blocks.get("photoshop", b"")),
    )
    try:
        reading = exiftool.read(png.skeleton) if engine == "exiftool" else read_blocks(blocks)
    except RejectedImage as problem:
        reading = read_blocks(blocks)
        reading = MetadataReading(reading.tags, (f"{problem}: read by Pillow", *reading.notes))
    return MetadataReading(dict(reading.tags) | png.texts, (*png.notes, *reading.notes))


def blocks_of(content: bytes, format: str) -> Blocks:
    """The metadata of a picture, still encoded. Raises UnsupportedImage, UndecodablePixels."""
    if format == "tiff":
        return _blocks_of_tiff(content)
    if format != "heic" and format not in PILLOW_NAMES:
        raise UnsupportedImage(
            f"metadata of {format.upper()} need exiftool, which is not installed here"
        )
    with pillow_errors(format):
        info = _info(content, format)
    return _blocks_of_info(info)


def _info(content: bytes, format: str) -> Mapping[str, object]:
    Image.MAX_IMAGE_PIXELS = limits_in_force().max_pixels
    if format == "heic":
        return dict(pi_heif.HeifImageFile(io.BytesIO(content)).info)
    with Image.open(io.BytesIO(content), formats=[PILLOW_NAMES[format]]) as picture:
        info: dict[str, object] = {str(key): value for key, value in picture.info.items()}
        if isinstance(picture, PsdImageFile):
            info["photoshop"] = {code: block for code, _, block in picture.resources}
        return info


def _blocks_of_info(found: Mapping[str, object]) -> Blocks:
    photoshop = found.get("photoshop")
    if not isinstance(photoshop, dict):
        photoshop = image_resources(_bytes_of(photoshop))
    original = found.get("original_orientation")
    return Blocks(
        exif=_bytes_of(found.get("exif") or photoshop.get(EXIF_RESOURCE)),
        xmp=_bytes_of(found.get("xmp") or photoshop.get(XMP_RESOURCE)),
        icc=_bytes_of(found.get("icc_profile")),
        photoshop={code: block for code, block in photoshop.items() if isinstance(block, bytes)},
        comment=_bytes_of(found.get("comment")),
        orientation=original if isinstance(original, int) else None,
    )


def _bytes_of(value: object) -> bytes:
    """A block from Pillow's ``info``; b"" when there is none."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace")
    return value if isinstance(value, bytes) else b""


def _blocks_of_tiff(content: bytes) -> Blocks:
    resources = image_resources(container_of(content, PHOTOSHOP_TAG))
    iptc = container_of(content, IPTC_TAG)
    return Blocks(
        exif=content,
        xmp=container_of(content, XMP_TAG),
        icc=container_of(content, ICC_TAG),
        photoshop=resources | ({IPTC_RESOURCE: iptc} if iptc else {}),
    )


def _read_photoshop(resources: Mapping[int, bytes]) -> MetadataReading:
    block = resources.get(IPTC_RESOURCE)
    return read_iptc(block, resources.get(DIGEST_RESOURCE)) if block else MetadataReading({})


def _read_icc(profile: bytes) -> MetadataReading:
    tags: Tags = {"ICC-header:ProfileSize": len(profile)}
    try:
        opened = ImageCms.ImageCmsProfile(io.BytesIO(profile)).profile
        tags["ICC-header:ColorSpaceData"] = opened.xcolor_space
        tags["ICC_Profile:ProfileDescription"] = opened.profile_description or ""
    except (OSError, ValueError, TypeError) as error:
        return MetadataReading(tags, (f"unreadable ICC profile: {error}",))
    return MetadataReading(tags)

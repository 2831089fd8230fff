"""Tags from an EXIF block (a small TIFF, CIPA DC-008), read with Pillow, named as exiftool does.

Blocks are often broken: a tag that cannot be read is left out and noted, the others stay. Maker
notes and the thumbnail's tags (IFD1) are left to exiftool.
"""

import io
import struct
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

from PIL import ExifTags, Image
from PIL.TiffImagePlugin import IFDRational

from resources.metadata.tags import LONGEST_TEXT, MetadataReading, Tags, TagValue, binary_value
from resources.metadata.text_encoding import decode_8bit
from resources.metadata.values import decimal_degrees

BROKEN = (
    SyntaxError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    OverflowError,
    ZeroDivisionError,
    OSError,
    struct.error,
)
"""What Pillow raises on blocks that are not what they claim to be (found by fuzzing)."""

DIRECTORIES = {
    "ExifIFD": ExifTags.IFD.Exif,
    "GPS": ExifTags.IFD.GPSInfo,
    "InteropIFD": ExifTags.IFD.Interop,
}

EXIFTOOL_NAMES = {
    "DateTime": "ModifyDate",
    "DateTimeDigitized": "CreateDate",
    "ISOSpeedRatings": "ISO",
    "SubsecTime": "SubSecTime",
    "SubsecTimeOriginal": "SubSecTimeOriginal",
    "SubsecTimeDigitized": "SubSecTimeDigitized",
    "BodySerialNumber": "SerialNumber",
}
"""Where Pillow's name of a tag differs from exiftool's, for tags that are read further on."""

TEXT_ENCODINGS = {b"ASCII\0\0\0": "", b"UNICODE\0": "utf-16", b"JIS\0\0\0\0\0": "iso2022_jp"}
"""The eight bytes before a UserComment (CIPA DC-008, 4.6.6)."""

BIG_TIFF = {b"II+\0": "<", b"MM\0+": ">"}
"""Signatures of TIFF with 64-bit offsets, and their byte order."""

CONTAINERS = frozenset({"XMLPacket", "IPTCNAA", "ImageResources", "InterColorProfile", "MakerNote"})
"""Tags whose bytes are metadata of another kind, or only exiftool's to read."""


def read_exif(block: bytes) -> MetadataReading:
    """The tags of an EXIF block, with or without its "Exif" prefix, or of a TIFF file."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            tags, unreadable = _tags_of(_load(block))
        except BROKEN as error:
            return MetadataReading({}, (f"unreadable EXIF: {error}",))
    warnings_given = dict.fromkeys(f"EXIF: {warning.message}" for warning in caught)
    return MetadataReading(tags, (*warnings_given, *unreadable))


def container_of(block: bytes, tag: int) -> bytes:
    """The bytes of another kind of metadata that a TIFF keeps in one of its tags; b"" if none.

    Taken before Pillow interprets them: many programs declare IPTC as 32-bit numbers, of which
    Pillow's public interface gives only the first (its IptcImagePlugin reads the same attribute).
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # read_exif reports them
        try:
            directory = _load(block)._info
        except BROKEN:
            return b""
    content: bytes = directory._tagdata.get(tag, b"") if directory else b""
    return content


def _load(block: bytes) -> Image.Exif:
    """The first directory of the block. Raises BROKEN."""
    exif = Image.Exif()
    if block[:4] not in BIG_TIFF:
        exif.load(block)
        return exif
    exif.bigtiff, exif.endian = True, BIG_TIFF[block[:4]]
    (offset,) = struct.unpack_from(f"{exif.endian}Q", block, 8)
    exif.load_from_fp(io.BytesIO(block), offset)
    return exif


def _tags_of(exif: Image.Exif) -> tuple[Tags, list[str]]:
    directories: dict[str, Mapping[int, Any]] = {"IFD0": exif}
    tags: Tags = {}
    unreadable: list[str] = []
    for group, tag in DIRECTORIES.items():
        directories[group] = exif.get_ifd(tag)
        if not isinstance(exif.get(tag, 0), int):
            unreadable.append(f"EXIF has no valid {group} directory")
    for group, directory in directories.items():
        for number in list(directory):
            name = tag_name(group, number)
            if name in CONTAINERS or number in DIRECTORIES.values():
                continue
            try:
                tags[f"{group}:{name}"] = tag_value(name, directory[number])
            except BROKEN as error:
                unreadable.append(f"unreadable EXIF tag {group}:{name}: {error}")
    return tags, unreadable


def tag_name(group: str, number: int) -> str:
    """The name exiftool gives a tag, "0x9999" for one that neither it nor Pillow knows."""
    known = {"GPS": ExifTags.GPSTAGS, "InteropIFD": _INTEROP}.get(group, ExifTags.TAGS)
    name = known.get(number, f"0x{number:04x}")
    return EXIFTOOL_NAMES.get(name, name)


_INTEROP = {1: "InteropIndex", 2: "InteropVersion"}


def tag_value(name: str, value: Any) -> TagValue:
    """A value as Pillow reads it, as JSON knows it: degrees, numbers, texts, lists of them."""
    if name in ("GPSLatitude", "GPSLongitude"):
        degrees = decimal_degrees([float(part) for part in value])
        return "undef" if degrees is None else degrees
    if name == "GPSTimeStamp":
        return ":".join(_clock_part(part) for part in value)
    if isinstance(value, bytes):
        return _text_of_bytes(name, value)
    if isinstance(value, str):
        return _text_of_ascii(name, value)
    if isinstance(value, Sequence):
        return [tag_value("", item) for item in value]
    return _plain_number(value)


def _clock_part(part: Any) -> str:
    number = float(part)
    whole = "" if number.is_integer() else f"{number % 1:.6f}"[1:].rstrip("0")
    return f"{int(number):02d}{whole}"


def _plain_number(value: Any) -> TagValue:
    if isinstance(value, IFDRational):
        if not value.denominator:
            return "undef" if not value.numerator else "inf"
        return float(value)
    if isinstance(value, float) and not (float("-inf") < value < float("inf")):
        return "undef"
    if isinstance(value, bool | int | float):
        return value
    raise ValueError(f"unexpected {type(value).__name__}")


def _text_of_ascii(name: str, text: str) -> str:
    parts = text[: 4 * LONGEST_TEXT].encode("latin-1").split(b"\0")  # UTF-8: 4 bytes a letter
    if name == "Copyright":  # photographer NUL editor (CIPA DC-008, 4.6.4)
        return "\n".join(part for part in map(decode_8bit, parts) if part.strip())
    return decode_8bit(parts[0])


def _text_of_bytes(name: str, content: bytes) -> TagValue:
    if name.startswith("XP"):  # Windows' own texts
        return content.decode("utf-16-le", "replace").partition("\0")[0]
    if content[:8] in TEXT_ENCODINGS or (name == "UserComment" and content[:8] == bytes(8)):
        return _text_of_comment(content[:8], content[8:])
    if name in ("GPSAltitudeRef", "SceneType", "FileSource") and len(content) == 1:
        return content[0]
    if len(content) <= 64 and content.rstrip(b"\0").isascii():
        text = content.rstrip(b"\0").decode("ascii")
        if text.isprintable():
            return text
    return binary_value(content)


def _text_of_comment(prefix: bytes, content: bytes) -> str:
    encoding = TEXT_ENCODINGS.get(prefix)
    if not encoding:
        return decode_8bit(content.rstrip(b"\0"))
    if encoding == "utf-16" and not content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16-be" if _looks_big_endian(content) else "utf-16-le"
    return content.decode(encoding, "replace")


def _looks_big_endian(content: bytes) -> bool:
    return content[0::2].count(0) > content[1::2].count(0)

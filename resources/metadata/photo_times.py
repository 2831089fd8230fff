"""When a picture was taken, changed and located, from its embedded metadata.

Cameras write the time on their clock; where it was ticking is often unknown. So times are kept as
the clock showed them, and the distance to UTC beside them when the camera wrote it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from resources.decoding.decoding_context import note
from resources.metadata.ranking import xmp_is_current
from resources.metadata.tags import TagValue
from resources.metadata.values import (
    Moment,
    is_unknown_stamp,
    moment_of,
    offset_minutes_of,
    text_of,
)


@dataclass(frozen=True)
class DatedTag:
    """A moment and the tag that it comes from."""

    moment: Moment
    tag: str


@dataclass(frozen=True)
class ExifTime:
    """EXIF spreads one moment over three tags."""

    stamp: str
    fraction: str
    offset: str


TAKEN = (
    ExifTime(
        "ExifIFD:DateTimeOriginal", "ExifIFD:SubSecTimeOriginal", "ExifIFD:OffsetTimeOriginal"
    ),
    ExifTime("IFD0:DateTimeOriginal", "IFD0:SubSecTimeOriginal", "IFD0:OffsetTimeOriginal"),
)
"""Cameras put it in the EXIF directory, TIFF/EP (raw files) in the first one."""

DIGITIZED = ExifTime(
    "ExifIFD:CreateDate", "ExifIFD:SubSecTimeDigitized", "ExifIFD:OffsetTimeDigitized"
)
MODIFIED = ExifTime("IFD0:ModifyDate", "ExifIFD:SubSecTime", "ExifIFD:OffsetTime")


def time_taken(tags: Mapping[str, TagValue]) -> DatedTag | None:
    """When the picture was taken, by the first tag that holds a date.

    Metadata Working Group, Guidelines 2.0, section 5.5.1: EXIF's original date, then XMP's and
    IPTC's creation date. Without any of them the time of digitization, which for a camera is the
    same; for a scan it is not, so the tag is kept with it.
    """
    return _first_dated(_taken_texts(tags))


def time_modified(tags: Mapping[str, TagValue]) -> DatedTag | None:
    """When a program last changed the picture."""
    texts = [*_exif_texts(tags, MODIFIED), *_texts(tags, "XMP-xmp:ModifyDate")]
    return _first_dated(iter(texts))


def time_located(tags: Mapping[str, TagValue]) -> datetime | None:
    """When the position was fixed: naive, UTC (GPS time as EXIF has it, CIPA DC-008 4.6.7)."""
    date, clock = text_of(tags.get("GPS:GPSDateStamp")), text_of(tags.get("GPS:GPSTimeStamp"))
    if date is None or clock is None or is_unknown_stamp(date):
        return None
    moment = moment_of(f"{date} {clock}")
    if moment is None:
        note(f"GPS:GPSDateStamp and GPSTimeStamp are not a time: {date} {clock}")
    return moment.local if moment else None


def _taken_texts(tags: Mapping[str, TagValue]) -> Iterator[tuple[str, str]]:
    for exif in TAKEN:
        yield from _exif_texts(tags, exif)
    created = [
        *_texts(tags, "XMP-photoshop:DateCreated"),
        *_texts(tags, "IPTC:DateCreated", "IPTC:TimeCreated"),
    ]
    yield from created if xmp_is_current(tags) else reversed(created)
    yield from _texts(tags, "XMP-exif:DateTimeOriginal")
    yield from _exif_texts(tags, DIGITIZED)
    yield from _texts(tags, "XMP-xmp:CreateDate")
    yield from _texts(tags, "IPTC:DigitalCreationDate", "IPTC:DigitalCreationTime")


def _texts(
    tags: Mapping[str, TagValue], name: str, clock_name: str = ""
) -> Iterator[tuple[str, str]]:
    text, clock = text_of(tags.get(name)), text_of(tags.get(clock_name))
    if text:
        yield name, f"{text} {clock}" if clock else text


def _exif_texts(tags: Mapping[str, TagValue], exif: ExifTime) -> Iterator[tuple[str, str]]:
    stamp = text_of(tags.get(exif.stamp))
    if stamp is None:
        return
    fraction, offset = text_of(tags.get(exif.fraction)), text_of(tags.get(exif.offset))
    if fraction and fraction.isdecimal() and "." not in stamp:
        stamp += f".{fraction}"
    if offset and offset_minutes_of(offset) is not None and stamp[-6:-5] not in "+-":
        stamp += offset
    yield exif.stamp, stamp


def _first_dated(texts: Iterator[tuple[str, str]]) -> DatedTag | None:
    for name, text in texts:
        moment = None if is_unknown_stamp(text) else moment_of(text)
        if moment:
            return DatedTag(moment, name)
        if not is_unknown_stamp(text):
            note(f"{name} is not a date: {text[:60]}")
    return None

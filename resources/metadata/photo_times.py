"""When a picture was taken, changed and located, from its embedded metadata.

Cameras write the time on their clock; where it was ticking is often unknown. So times are kept as
the clock showed them, and the distance to UTC beside them when it is told. A date counts by the
rank of its tag, however little of it is known.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from resources.decoding.decoding_context import remark
from resources.metadata.moments import (
    Moment,
    free_moment_of,
    is_unknown_stamp,
    moment_of,
    offset_minutes_of,
)
from resources.metadata.ranking import xmp_is_current
from resources.metadata.tags import TagValue
from resources.metadata.values import text_of


@dataclass(frozen=True)
class DatedTag:
    """A moment and the tag that it comes from."""

    moment: Moment
    tag: str


@dataclass(frozen=True)
class DateTag:
    """Where a date is. EXIF spreads one moment over three tags, IPTC over two."""

    stamp: str
    fraction: str = ""
    offset: str = ""
    clock: str = ""
    is_free: bool = False
    """Written in any form."""


IPTC_CREATED = DateTag("IPTC:DateCreated", clock="IPTC:TimeCreated")
XMP_CREATED = DateTag("XMP-photoshop:DateCreated")

TAKEN = (
    DateTag("ExifIFD:DateTimeOriginal", "ExifIFD:SubSecTimeOriginal", "ExifIFD:OffsetTimeOriginal"),
    DateTag("IFD0:DateTimeOriginal", "IFD0:SubSecTimeOriginal", "IFD0:OffsetTimeOriginal"),
    XMP_CREATED,
    IPTC_CREATED,
    DateTag("XMP-exif:DateTimeOriginal"),
    DateTag("ExifIFD:CreateDate", "ExifIFD:SubSecTimeDigitized", "ExifIFD:OffsetTimeDigitized"),
    DateTag("XMP-xmp:CreateDate"),
    DateTag("XMP-exif:DateTimeDigitized"),
    DateTag("IPTC:DigitalCreationDate", clock="IPTC:DigitalCreationTime"),
    DateTag("PNG:CreationTime", is_free=True),
)
"""The one that counts most first: Metadata Working Group, Guidelines 2.0, section 5.5.1 (EXIF's
original date, then XMP's and IPTC's creation date). Without any of them the time of digitization,
which for a camera is the same; for a scan it is not, so the tag is kept with it. Then PNG's own
(PNG 3rd edition, 11.3.3.2). Cameras put EXIF's in the EXIF directory, raw files (TIFF/EP) in the
first one."""

MODIFIED = (
    DateTag("IFD0:ModifyDate", "ExifIFD:SubSecTime", "ExifIFD:OffsetTime"),
    DateTag("XMP-xmp:ModifyDate"),
)


def time_taken(tags: Mapping[str, TagValue]) -> DatedTag | None:
    """When the picture was taken, by the tag that counts most of those that hold a date.

    Of a tag that knows only the day, the clock of the next one of the same day is taken. A clock
    that does not say its distance to UTC has that of another date that shows the same time.
    """
    dated = list(_dated(tags, _in_order(tags)))
    if not dated:
        return None
    first = _with_clock(dated)
    return replace(first, moment=_with_offset(first.moment, [*dated, *_dated(tags, MODIFIED)]))


def time_modified(tags: Mapping[str, TagValue]) -> DatedTag | None:
    """When a program last changed the picture."""
    return next(_dated(tags, MODIFIED), None)


def time_located(tags: Mapping[str, TagValue]) -> datetime | None:
    """When the position was fixed: naive, UTC (GPS time as EXIF has it, CIPA DC-008 4.6.7)."""
    date, clock = text_of(tags.get("GPS:GPSDateStamp")), text_of(tags.get("GPS:GPSTimeStamp"))
    if date is None or clock is None or is_unknown_stamp(date):
        return None
    moment = moment_of(f"{date} {clock}")
    if moment and moment.has_clock:
        return moment.local
    remark(f"GPS:GPSDateStamp and GPSTimeStamp are not a time: {date} {clock}")
    return None


def _in_order(tags: Mapping[str, TagValue]) -> Iterable[DateTag]:
    """TAKEN, with IPTC above XMP where the IPTC block was changed by a program without XMP."""
    if xmp_is_current(tags):
        return TAKEN
    swapped = {XMP_CREATED: IPTC_CREATED, IPTC_CREATED: XMP_CREATED}
    return [swapped.get(one, one) for one in TAKEN]


def _dated(tags: Mapping[str, TagValue], where: Iterable[DateTag]) -> Iterator[DatedTag]:
    """All that is a date, in this order; what is none, or only in part, is remarked on."""
    for one in where:
        text = _text(tags, one)
        if not text or is_unknown_stamp(text):
            continue
        moment = free_moment_of(text) if one.is_free else moment_of(text)
        if moment is None:
            remark(f"{one.stamp} is not a date: {text[:60]}")
            continue
        if not one.is_free and _is_more_than(moment, text):
            remark(f"{one.stamp} is a date only to the {moment.precision}: {text[:60]}")
        yield DatedTag(_with_parts(moment, tags, one), one.stamp)


def _text(tags: Mapping[str, TagValue], one: DateTag) -> str | None:
    text, clock = text_of(tags.get(one.stamp)), text_of(tags.get(one.clock))
    return f"{text} {clock}" if text and clock else text


def _is_more_than(moment: Moment, text: str) -> bool:
    """Whether the text holds digits, other than zeros, that did not become part of the moment."""
    written = re.sub(r"[-+]\d\d:?\d\d$|\D", "", text)
    return bool(written[len(re.sub(r"\D", "", moment.iso_text())) :].strip("0"))


def _with_parts(moment: Moment, tags: Mapping[str, TagValue], one: DateTag) -> Moment:
    """The moment with EXIF's fraction and distance to UTC, which have tags of their own."""
    fraction, offset = text_of(tags.get(one.fraction)), text_of(tags.get(one.offset))
    if moment.precision == "second" and fraction and fraction.isdecimal():
        microsecond = int(fraction[:6].ljust(6, "0"))
        local = moment.local.replace(microsecond=microsecond)
        moment = replace(moment, local=local, precision="fraction")
    if moment.has_clock and moment.offset_minutes is None:
        moment = replace(moment, offset_minutes=offset_minutes_of(offset))
    return moment


def _with_clock(dated: list[DatedTag]) -> DatedTag:
    """The first, or the first of the same day that knows its clock."""
    first, *others = dated
    if first.moment.precision != "day":
        return first
    day = first.moment.local.date()
    clocks = (one for one in others if one.moment.has_clock and one.moment.local.date() == day)
    return next(clocks, first)


def _with_offset(moment: Moment, others: Iterable[DatedTag]) -> Moment:
    """The moment with the distance to UTC of another tag that shows the same second.

    XMP's "Z" does not count: many programs write it after a local time.
    """
    if moment.offset_minutes is not None or moment.precision not in ("second", "fraction"):
        return moment
    second = moment.local.replace(microsecond=0)
    for one in others:
        offset = one.moment.offset_minutes
        is_blind = offset == 0 and one.tag.startswith("XMP-")
        if (
            offset is not None
            and not is_blind
            and one.moment.local.replace(microsecond=0) == second
        ):
            return replace(moment, offset_minutes=offset)
    return moment

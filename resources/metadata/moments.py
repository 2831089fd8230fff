"""Moments as metadata write them: with holes, with impossible parts, in the form of any standard.

A date is worth what its good parts are worth: it keeps the precision that it has, and one bad part
takes with it only what is finer. Reading free-form dates (PNG) is dateutil's work.
"""

import re
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from itertools import product
from typing import Literal

from dateutil import parser

Precision = Literal["year", "month", "day", "minute", "second", "fraction"]

ISO_FORMATS = {
    "year": "%Y",
    "month": "%Y-%m",
    "day": "%Y-%m-%d",
    "minute": "%Y-%m-%dT%H:%M",
    "second": "%Y-%m-%dT%H:%M:%S",
    "fraction": "%Y-%m-%dT%H:%M:%S.%f",
}
"""ISO 8601, as precise as is known."""

PART = r"[ \d?xX-]?[ \d?xX-]"
"""Two digits, or what stands for unknown: blanks in EXIF (2.32, 4.6.5), zeros in IPTC (IIM 4.2,
2:55), question marks and dashes elsewhere."""

ZONE = r"(?P<zone>[Zz]|[-+\u2212](?:\d\d:?\d\d|\d:\d\d|\d\d)(?!\d))?"
"""The distance to UTC; in ISO 8601 hours alone will do, and some write the sign as a minus."""

STAMP = re.compile(
    r"\s*(?P<year>\d{4})"
    rf"(?:[-:/.](?P<month>{PART})"
    rf"(?:[-:/.](?P<day>{PART})"
    rf"(?:[Tt_, ]+(?P<hour>{PART}):(?P<minute>{PART})"
    rf"(?::(?P<second>{PART})(?:[.,:](?P<fraction>\d+))?)?"
    rf"\s*(?P<half>[AaPp]\.?\s?[Mm]\b\.?)?\s*{ZONE}(?:\D(?s:.*))?)?)?)?\s*"
)
COMPACT = re.compile(
    r"\s*(?P<year>(?:1[4-9]|20)\d\d)(?P<month>[01]\d)(?P<day>[0-3]\d)"
    r"[Tt](?P<hour>\d\d)(?P<minute>\d\d)(?:(?P<second>\d\d)(?:[.,](?P<fraction>\d+))?)?"
    rf"\s*{ZONE}\s*"
)
"""ISO 8601's basic format with a clock; eight digits alone may be any number."""

DATE = re.compile(rf"\s*(?P<year>\d{{4}})[-:/.](?P<month>{PART})(?:[-:/.](?P<day>{PART}))?(?!\d)")
"""The date alone, of a stamp whose clock has another form."""

UNKNOWN = re.compile(r"[\s:0/.TZ?xX+-]*")
"""A date that says, in EXIF's way or another, that there is none."""

LARGEST_OFFSET_MINUTES = 15 * 60
"""Time zones are between -12:00 and +14:00."""

EARLIEST_FREE_YEAR = 1000
"""Numbers below are no year in a text of any form: years have four digits."""

LONGEST_FREE_TEXT = 100
"""Characters of a free-form date; the longest usual ones have 40."""


@dataclass(frozen=True)
class Moment:
    """A time as a clock at the place showed it, with its distance to UTC when that is known.

    Parts finer than ``precision`` are the first possible ones (January, 1, 00:00).
    """

    local: datetime  # naive
    offset_minutes: int | None
    precision: Precision

    @property
    def has_clock(self) -> bool:
        """Whether more than the day is known."""
        return self.precision in ("minute", "second", "fraction")

    def iso_text(self) -> str:
        """The moment on its own clock in ISO 8601, no more precise than it is known."""
        return iso_text(self.local, self.precision)


def iso_text(local: datetime, precision: str | None) -> str:
    """A wall clock in ISO 8601, as precise as is known; to the second when nobody says."""
    text = local.strftime(ISO_FORMATS.get(precision or "second", ISO_FORMATS["second"]))
    if precision == "fraction":
        text = re.sub(r"(\.\d+?)0+$", r"\1", text)
    year, dash, rest = text.partition("-")
    return f"{year.zfill(4)}{dash}{rest}"  # strftime writes "912" on Linux


def is_unknown_stamp(text: str) -> bool:
    """Whether a date field says that there is no date."""
    return UNKNOWN.fullmatch(text) is not None


def moment_of(text: str) -> Moment | None:
    """The time that EXIF, IPTC and XMP write, or None when not even a year can be read.

    A month or day of 00, or one that cannot be, is unknown, and all that is finer with it: the
    moment is then the first of its year, month or day, and ``precision`` says so. Hour 24 is hour
    0 of the same day: some phones count hours from 1 (Java's date pattern "kk"); but 24:00:00 is
    also ISO 8601's end of the day, so that only the day is known.
    """
    match = STAMP.fullmatch(text) or COMPACT.fullmatch(text) or DATE.match(text)
    if match is None:
        return None
    found = match.groupdict()
    date = _date(int(found["year"]), _number(found["month"], 1, 12), _number(found["day"], 1, 31))
    if date is None or date.precision != "day":
        return date
    return _with_clock(date, found)


def _date(year: int, month: int | None, day: int | None) -> Moment | None:
    if not year:
        return None
    if month is None:
        return Moment(datetime(year, 1, 1), None, "year")  # noqa: DTZ001 - a wall clock
    if day is None:
        return Moment(datetime(year, month, 1), None, "month")  # noqa: DTZ001 - the same
    try:
        return Moment(datetime(year, month, day), None, "day")  # noqa: DTZ001 - the same
    except ValueError:  # the 30th of February
        return _date(year, month, None)


def _with_clock(date: Moment, found: dict[str, str | None]) -> Moment:
    """The day with what is known of its clock."""
    hour, minute = _hour(found), _number(found.get("minute"), 0, 59)
    second = _number(found.get("second"), 0, 59)
    if hour is None or minute is None or (hour == 24 and not minute and not second):
        return date
    offset = offset_minutes_of(found.get("zone"))
    local = date.local.replace(hour=hour % 24, minute=minute)
    if second is None:
        return Moment(local, offset, "minute")
    fraction = found.get("fraction")
    if not fraction:
        return Moment(local.replace(second=second), offset, "second")
    microsecond = int(fraction[:6].ljust(6, "0"))
    return Moment(local.replace(second=second, microsecond=microsecond), offset, "fraction")


def _hour(found: dict[str, str | None]) -> int | None:
    """0 to 24; of a clock of two halves, the hour of the day.

    Some cameras write the half beside the hour of the day ("13:08 PM"): then both must agree.
    """
    hour, half = _number(found.get("hour"), 0, 24), found.get("half")
    if hour is None or not half:
        return hour
    is_afternoon = half[0] in "Pp"
    if 1 <= hour <= 12:
        return hour % 12 + 12 * is_afternoon
    return hour if is_afternoon == (12 <= hour < 24) else None


def _number(text: str | None, lowest: int, highest: int) -> int | None:
    """The part of a date that ``text`` says, None when it is unknown or cannot be."""
    digits = (text or "").strip()
    return int(digits) if digits.isdecimal() and lowest <= int(digits) <= highest else None


def free_moment_of(text: str) -> Moment | None:
    """The time in a text of any form: RFC 1123, RFC 3339, a C library's, a person's.

    It is read with other days standing in for what the text leaves out, and with the day before
    and after the month: what all readings agree on is known.
    """
    strict = moment_of(text)
    if strict or len(text) > LONGEST_FREE_TEXT:
        return strict
    try:
        readings = [_read_freely(text, *choice) for choice in product((1, 2), (True, False))]
    except (ValueError, OverflowError):
        return None
    first, *others = readings
    known = next((p for p in reversed(PRECISIONS) if _agree(first, others, p)), None)
    if known is None or first.year < EARLIEST_FREE_YEAR:
        return None
    return _cut_to(first, known)


PRECISIONS: tuple[Precision, ...] = ("year", "month", "day", "minute", "second")


def _read_freely(text: str, stand_in: int, dayfirst: bool) -> datetime:
    """One reading of a text. Raises ValueError, OverflowError."""
    smaller_parts = (stand_in,) * 5
    missing = datetime(1000 + stand_in, *smaller_parts)  # noqa: DTZ001 - a wall clock
    found: datetime = parser.parse(text, default=missing, dayfirst=dayfirst, tzinfos=_no_zone)
    return found


def _no_zone(_name: str, seconds: int | None) -> tzinfo | int | None:
    """Names of zones mean several ("CST"): only a written, possible distance to UTC counts."""
    is_possible = seconds is not None and abs(seconds) <= 60 * LARGEST_OFFSET_MINUTES
    return seconds if is_possible else None


def _agree(first: datetime, others: list[datetime], precision: Precision) -> bool:
    cut = ISO_FORMATS[precision]
    return all(one.strftime(cut) == first.strftime(cut) for one in others)


def _cut_to(found: datetime, precision: Precision) -> Moment:
    text = found.strftime(ISO_FORMATS[precision])
    cut = moment_of(text)
    if cut is None:
        raise ValueError(f"{text} is not the date that was written")
    offset = found.utcoffset()
    if offset is None or not cut.has_clock:
        return cut
    return replace(cut, offset_minutes=round(offset.total_seconds() / 60))


def offset_minutes_of(zone: str | None) -> int | None:
    """Minutes east of UTC from "+05:30", "-0800", "+05" or "Z"; None for anything else."""
    if zone in ("Z", "z"):
        return 0
    match = re.fullmatch(r"([-+\u2212])(\d?\d)(?::?([0-5]\d))?", zone or "")
    if match is None:
        return None
    minutes = int(match[2]) * 60 + int(match[3] or 0)
    if minutes > LARGEST_OFFSET_MINUTES:
        return None
    return minutes if match[1] == "+" else -minutes

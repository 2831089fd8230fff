"""Moments as metadata write them: with holes, with impossible parts, in the form of any standard.

A date is worth what its good parts are worth: it keeps the precision that it has, and one bad part
takes with it only what is finer. Reading free-form dates (PNG) is dateutil's work.
"""

import re
import unicodedata
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

PART = r"[ \d?X-]?[ \d?X-]"
"""Two digits, or what stands for unknown: blanks in EXIF (2.32, 4.6.5), zeros in IPTC (IIM 4.2,
2:55), question marks and dashes elsewhere."""

ZONE = r"(?P<zone>Z|[-+\u2212](?:\d\d:?\d\d|\d:\d\d|\d\d)(?!\d))?"
"""The distance to UTC; in ISO 8601 hours alone will do, and some write the sign as a minus."""

PARTED_DATE = rf"\s*(?P<year>\d{{4}})(?:[-:/.](?P<month>{PART})(?:[-:/.](?P<day>{PART})"
JOINED_DATE = r"\s*(?P<year>(?:1[4-9]|20)\d\d)(?P<month>[01]\d)(?P<day>[0-3]\d)"

SEPARATOR = (
    r"(?:\([^()\d]{1,9}\))?(?:[T_,;@\s]+|(?=[AP]M)|(?=\d\d:\d\d)"
    r"|[-+:/.](?=\d{1,2}[-:.]\d\d?[-:.]\d))"
)
"""Between day and clock, after the weekday in brackets; nothing where a zero byte was. Signs of
dates only before a whole clock: "2004-05-06-08:00" is a day and its distance to UTC (XML)."""

PARTED_CLOCK = (
    rf"(?P<half_before>[AP]M)?\s*(?P<hour>{PART})"
    rf"\s?(?P<mark>[:.HU]|(?<!T\d\d)-|-(?=\d\d?-\d))\s?(?P<minute>{PART})"
    rf"(?:(?:(?P=mark)|\s?(?:M(?:IN)?|['\u2032])\s?)(?P<second>{PART})"
    r"(?:[.,:](?P<fraction>\d+))?)?"
)
"""07:08:09, 07.08.09, 07-08-09, 7h08, 7h 08m 09s, Dutch 7u08; after a T, "07-08" is ISO 8601's
hour with its distance to UTC."""

JOINED_CLOCK = (
    r"(?P<hour>[0-2]\d)(?P<minute>[0-5]\d)"
    r"(?:(?P<second>\d\d)(?:[.,](?P<fraction>\d+))?|(?<=T\d{4}))"
)
"""Without seconds only after ISO 8601's T: four digits alone may be any number."""

AFTER_CLOCK = rf"\s*(?P<half>[AP]M)?\s*{ZONE}(?:\D(?s:.*))?"

STAMPS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"{PARTED_DATE}(?:{SEPARATOR}{PARTED_CLOCK}{AFTER_CLOCK})?)?)?\s*",
        rf"{PARTED_DATE}{SEPARATOR}{JOINED_CLOCK}{AFTER_CLOCK}))",
        rf"{JOINED_DATE}[T_,\s-]+{PARTED_CLOCK}{AFTER_CLOCK}",
        rf"{JOINED_DATE}[T_\s-]*{JOINED_CLOCK}{AFTER_CLOCK}",
    )
)
"""A date and a clock, each with signs between its parts or without. Eight digits alone may be any
number."""

DATE = re.compile(rf"\s*(?P<year>\d{{4}})[-:/.](?P<month>{PART})(?:[-:/.](?P<day>{PART}))?(?!\d)")
"""The date alone, of a stamp whose clock has another form."""

UNITS = str.maketrans(
    {
        **dict.fromkeys("年년月월", "-"),
        **dict.fromkeys("日일\0", " "),
        **dict.fromkeys("時时點点시", "h"),
        **dict.fromkeys("分분", "m"),
        **dict.fromkeys("秒초", "s"),
    }
)
"""Chinese, Japanese and Korean words between the parts of a moment; and the zero byte that some
cameras write between day and clock."""

HALVES = {
    "AM": re.compile(
        r"(?<![^\W\d_])a\.?\s?m\b\.?|上午|午前|오전|凌晨|早上"
        r"|ก่อนเที่ยง|पूर्वाह्न|π\.?μ\b\.?|\böö\b|\bص\b",
        re.IGNORECASE,
    ),
    "PM": re.compile(
        r"(?<![^\W\d_])p\.?\s?m\b\.?|下午|午後|午后|오후|晚上(?!\s?12)|中午(?!\s?11)"
        r"|หลังเที่ยง|अपराह्न|μ\.?μ\b\.?|\bös\b|\bم\b",
        re.IGNORECASE,
    ),
}
"""The halves of the day, which phones write in the language of their owner (Unicode CLDR, day
periods), before the clock or after it."""

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
    return UNKNOWN.fullmatch(_plain(text)) is not None


def moment_of(text: str) -> Moment | None:
    """The time that EXIF, IPTC and XMP write, or None when not even a year can be read.

    A month or day of 00, or one that cannot be, is unknown, and all that is finer with it: the
    moment is then the first of its year, month or day, and ``precision`` says so. Hour 24 is hour
    0 of the same day: some phones count hours from 1 (Java's date pattern "kk"); but 24:00:00 is
    also ISO 8601's end of the day, so that only the day is known.
    """
    plain = _plain(text)
    matches = (stamp.fullmatch(plain) for stamp in STAMPS)
    match = next((found for found in matches if found), None) or DATE.match(plain)
    if match is None:
        return None
    found = match.groupdict()
    date = _date(int(found["year"]), _number(found["month"], 1, 12), _number(found["day"], 1, 31))
    if date is None or date.precision != "day":
        return date
    return _with_clock(date, found)


def _plain(text: str) -> str:
    """The text in plain letters and digits: no wide ones, units and halves of the day in ours."""
    plain = unicodedata.normalize("NFKC", text).translate(UNITS)
    for half, words in HALVES.items():
        plain = words.sub(half, plain)
    return plain.rstrip("-") if plain != text else plain


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
    Hour 0 of the afternoon is 12 (Japan; Java's date pattern "K").
    """
    hour = _number(found.get("hour"), 0, 24)
    half = found.get("half") or found.get("half_before")
    if hour is None or not half:
        return hour
    is_afternoon = half.upper() == "PM"
    if 0 <= hour <= 12:
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

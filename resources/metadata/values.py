"""Tolerant values from metadata tags: numbers that are texts, dates with holes, lists that are not.

Every function answers None for what is not usable; whether that deserves a note is the caller's
decision.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from resources.metadata.tags import TagValue, clean_text

Precision = Literal["year", "month", "day", "minute", "second"]

NUMBER = re.compile(r"\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d{1,3})?)(?:\s*/\s*(\d{1,15}))?")
STAMP = re.compile(
    r"\s*(?P<year>\d{4})"
    r"(?:[-:/.](?P<month>[ \d]?\d)"
    r"(?:[-:/.](?P<day>[ \d]?\d)"
    r"(?:[T ]+(?P<hour>[ \d]?\d):(?P<minute>[ \d]?\d)"
    r"(?::(?P<second>[ \d]?\d)(?:[.,](?P<fraction>\d+))?)?"
    r"\s*(?P<zone>Z|[-+]\d\d:?\d\d)?)?)?)?\s*"
)
STAMP_PARTS = ("year", "month", "day", "hour", "minute", "second")
UNKNOWN_STAMP = re.compile(r"[\s:0/.TZ-]*")
"""EXIF 2.32 section 4.6.5: an unknown date is blanks (many cameras write zeros) and colons."""

LARGEST_OFFSET_MINUTES = 15 * 60
"""Time zones are between -12:00 and +14:00."""


@dataclass(frozen=True)
class Moment:
    """A time as a clock at the place showed it, with its distance to UTC when that is known."""

    local: datetime  # naive
    offset_minutes: int | None
    precision: Precision


def text_of(value: TagValue | None) -> str | None:
    """The value as clean text, None when it is blank or not a scalar; of a list its first text."""
    texts = texts_of(value)
    return texts[0] if texts else None


def texts_of(value: TagValue | None) -> list[str]:
    """All texts of the value, blank ones left out, in order, each once."""
    if isinstance(value, list):
        texts = [text for item in value for text in texts_of(item)]
        return list(dict.fromkeys(texts))
    if value is None or isinstance(value, dict):
        return []
    text = clean_text(str(value))
    return [text] if text else []


def number_of(value: TagValue | None) -> float | None:
    """The first number in the value ("1/250", "2.8 inches", [100, 0]); finite, or None."""
    text = text_of(value)
    match = NUMBER.match(text) if text else None
    if match is None:
        return None
    divisor = int(match[2]) if match[2] else 1
    number = float(match[1]) / divisor if divisor else math.nan
    return number if math.isfinite(number) else None


def whole_number_of(value: TagValue | None) -> int | None:
    """The first number in the value if it is a whole one."""
    number = number_of(value)
    return int(number) if number is not None and number.is_integer() else None


def is_unknown_stamp(text: str) -> bool:
    """Whether a date field says, in EXIF's way, that there is no date."""
    return UNKNOWN_STAMP.fullmatch(text) is not None


def moment_of(text: str) -> Moment | None:
    """The time that EXIF, IPTC and XMP write, or None when it is not one.

    A month or day of 00 is unknown (IPTC-IIM 4.2, 2:55), as is one that is left out: the moment is
    then the first of its year, month or day, and ``precision`` says so.
    """
    match = STAMP.fullmatch(text)
    if match is None:
        return None
    year, month, day, hour, minute, second = (int(match[part] or 0) for part in STAMP_PARTS)
    microsecond = int((match["fraction"] or "0")[:6].ljust(6, "0"))
    try:
        local = datetime(  # noqa: DTZ001 - a wall clock has no zone
            year, month or 1, day or 1, hour, minute, second, microsecond
        )
    except ValueError:
        return None
    return Moment(local, offset_minutes_of(match["zone"]), _precision(match, month, day))


def _precision(match: re.Match[str], month: int, day: int) -> Precision:
    if match["second"]:
        return "second"
    if match["minute"]:
        return "minute"
    if day:
        return "day"
    return "month" if month else "year"


def offset_minutes_of(zone: str | None) -> int | None:
    """Minutes east of UTC from "+05:30", "-0800" or "Z"; None for anything else."""
    if zone == "Z":
        return 0
    match = re.fullmatch(r"([-+])(\d\d):?(\d\d)", zone or "")
    if match is None:
        return None
    minutes = int(match[2]) * 60 + int(match[3])
    if minutes > LARGEST_OFFSET_MINUTES:
        return None
    return -minutes if match[1] == "-" else minutes


def decimal_degrees(parts: Sequence[float]) -> float | None:
    """Degrees from degrees, minutes and seconds; None when one of them is missing or not finite."""
    if not parts or not all(math.isfinite(part) for part in parts):
        return None
    return math.fsum(part / 60.0**power for power, part in enumerate(parts[:3]))

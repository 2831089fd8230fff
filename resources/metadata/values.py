"""Tolerant values from metadata tags: numbers that are texts, lists that are not.

Every function answers None for what is not usable; whether that deserves a note is the caller's
decision.
"""

import math
import re
from collections.abc import Sequence

from resources.metadata.tags import TagValue, clean_text

NUMBER = re.compile(r"\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d{1,3})?)(?:\s*/\s*(\d{1,15}))?")


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


def decimal_degrees(parts: Sequence[float]) -> float | None:
    """Degrees from degrees, minutes and seconds; None when one of them is missing or not finite."""
    if not parts or not all(math.isfinite(part) for part in parts):
        return None
    return math.fsum(part / 60.0**power for power, part in enumerate(parts[:3]))

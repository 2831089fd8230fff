"""Tags from exiftool's JSON: its names, with values as the other reader gives them."""

import base64
import binascii
import json
import re
from typing import Any

from resources.metadata.tags import (
    DEEPEST,
    MetadataReading,
    Tags,
    TagValue,
    binary_value,
    text_or_digest,
)
from resources.metadata.text_encoding import utf8_read_as_8bit
from resources.outcomes import RejectedImage

IGNORED = re.compile(r"\[minor\]|RawConv |IPTCDigest is not current", re.IGNORECASE)
"""Warnings that are not about damage; what an old digest means is decided in ``ranking``."""

NOT_EMBEDDED = ("System:", "ExifTool:", "Composite:", "SourceFile")
FROM_THE_FILE_GROUP = frozenset({"File:Comment", "File:CurrentIPTCDigest", "File:ExifByteOrder"})
EIGHT_BIT_GROUPS = ("IFD", "ExifIFD", "GPS", "IPTC", "File:Comment")
TEXT_GROUPS = ("IFD0:", "ExifIFD:UserComment", "IPTC:", "XMP-", "File:Comment")
"""exiftool's answer is base64 also for texts with half a letter, which are still texts."""


def reading_of(answer: bytes) -> MetadataReading:
    """The tags in exiftool's JSON, with its warnings about the file.

    Left out are warnings that it calls minor or that are not about damage. Raises
    RejectedImage for an answer that is no JSON, or nested too deeply to be read.
    """
    if not answer.strip():
        return MetadataReading({}, ("exiftool finds nothing to read in it",))
    found = _only_object(answer)
    tags = {name: plain_value(name, value) for name, value in found.items() if is_embedded(name)}
    messages = (found.get(f"ExifTool:{kind}") for kind in ("Error", "Warning"))
    notes = (f"exiftool: {text}" for text in messages if text and not IGNORED.match(str(text)))
    return MetadataReading(tags, tuple(notes))


def _only_object(answer: bytes) -> dict[str, Any]:
    try:
        text = answer.decode("utf-8", "replace")
        (found,) = json.loads(text, parse_float=_exact_number, strict=False)
    except RecursionError as error:
        raise RejectedImage("its metadata are nested too deeply for exiftool's answer") from error
    except (ValueError, TypeError) as error:
        raise RejectedImage(f"exiftool's answer about it cannot be read: {error}") from error
    if isinstance(found, dict):
        return found
    raise RejectedImage("exiftool's answer about it cannot be read: it names no tags")


def is_embedded(name: str) -> bool:
    """Whether a tag is metadata in the file, not about the file or computed from other tags."""
    if name.startswith("File:"):
        return name in FROM_THE_FILE_GROUP
    return not name.startswith(NOT_EMBEDDED)


def plain_value(name: str, value: Any, depth: int = 1) -> TagValue:
    """A value of exiftool's JSON with binary ones digested and 8-bit text put right.

    Structures below DEEPEST become "...".
    """
    if isinstance(value, str):
        content = _binary_content(value)
        if content is not None:
            is_text = name.startswith(TEXT_GROUPS)
            return text_or_digest(content) if is_text else dict(binary_value(content))
        return utf8_read_as_8bit(value) if name.startswith(EIGHT_BIT_GROUPS) else value
    if isinstance(value, list | dict) and depth > DEEPEST:
        return "..."
    if isinstance(value, list):
        return [plain_value(name, item, depth + 1) for item in value]
    if isinstance(value, dict):
        fields: Tags = {str(key): plain_value(name, item, depth + 1) for key, item in value.items()}
        return fields
    return value if isinstance(value, bool | int | float) else str(value)


def _binary_content(text: str) -> bytes | None:
    encoded = text.removeprefix("base64:")
    if encoded == text:
        return None
    try:
        return base64.b64decode(encoded, validate=True)
    except binascii.Error:
        return None  # somebody's title


def _exact_number(digits: str) -> float | str:
    """A number, or the text it was if a number would not show it again ("1.50")."""
    number = float(digits)
    return number if repr(number) == digits else digits

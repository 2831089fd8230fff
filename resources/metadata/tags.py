"""Embedded metadata as every reader of it gives it: tags named as exiftool names them.

A key is "group:tag" (``ExifIFD:FNumber``, ``IPTC:City``, ``XMP-dc:title`` is ``XMP-dc:Title``), so
that what is made of the tags does not depend on the reader. All of it is untrusted: text is freed
of control characters, and everything has a bound.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

TagValue: TypeAlias = str | int | float | bool | list[Any] | dict[str, Any]
Tags: TypeAlias = dict[str, TagValue]

LONGEST_TEXT = 16_384
"""Characters kept of one text; IPTC's longest field (the caption) holds 2,000 bytes."""

LONGEST_LIST = 1_000
"""Items kept of one list or structure."""

DEEPEST = 8
"""Levels of structures kept; XMP regions and hierarchical keywords need about six."""

LARGEST_JSON_BYTES = 1_048_576
"""All tags of one image together, as JSON. Maker notes of current cameras reach about 100 kB."""

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""C0 and C1 control characters, except tab and newline."""

SURROGATE = re.compile(r"[\ud800-\udfff]")
"""Half characters, which are not Unicode text and which no UTF-8 file can hold."""


@dataclass(frozen=True)
class MetadataReading:
    """What one reader found in one file. ``notes`` are its warnings, for a person."""

    tags: Tags
    notes: tuple[str, ...] = ()


def clean_text(text: str) -> str:
    """``text`` as valid Unicode without control characters (tab and newline stay) and trimmed."""
    unix = text.replace("\r\n", "\n").replace("\r", "\n")
    return SURROGATE.sub("\N{REPLACEMENT CHARACTER}", CONTROL.sub("", unix)).strip()


def decode_8bit(raw: bytes) -> str:
    """Text without a declared encoding: UTF-8 if it is that, else Windows-1252.

    The Metadata Working Group's rule for EXIF and IPTC (Guidelines 2.0, 2010, section 3.4.1).
    """
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return "".join(_windows_1252(byte) for byte in raw)


def _windows_1252(byte: int) -> str:
    try:
        return bytes([byte]).decode("cp1252")
    except UnicodeDecodeError:
        return chr(byte)  # five bytes that Windows-1252 leaves undefined


def utf8_read_as_8bit(text: str) -> str:
    """``text`` with UTF-8 that was read as Windows-1252 put right: "CafÃ©" is "Café"."""
    try:
        return b"".join(_single_byte(char) for char in text).decode("utf-8")
    except UnicodeError:
        return text


def _single_byte(char: str) -> bytes:
    try:
        return char.encode("cp1252")
    except UnicodeEncodeError:
        return char.encode("latin-1")


def binary_value(content: bytes) -> Tags:
    """What is kept of a binary value: its length and digest."""
    return {"size_bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def bounded_value(value: TagValue, depth: int = 1) -> TagValue:
    """``value`` with clean, capped texts and lists; structures below DEEPEST become "..."."""
    if isinstance(value, str):
        return clean_text(value)[:LONGEST_TEXT]
    if isinstance(value, (list, dict)) and depth > DEEPEST:
        return "..."
    if isinstance(value, list):
        return [bounded_value(item, depth + 1) for item in value[:LONGEST_LIST]]
    if isinstance(value, dict):
        items = list(value.items())[:LONGEST_LIST]
        return {clean_text(name)[:200]: bounded_value(item, depth + 1) for name, item in items}
    return value


def bounded_tags(tags: Mapping[str, TagValue]) -> MetadataReading:
    """``tags`` within all bounds, with a note that says what had to be left out."""
    kept: Tags = {}
    left_out = size_bytes = 0
    for name, value in tags.items():
        short_name, plain = clean_text(name)[:200], bounded_value(value)
        size_bytes += len(json.dumps([short_name, plain]))
        if size_bytes > LARGEST_JSON_BYTES:
            left_out += 1
        else:
            kept[short_name] = plain
    notes = (f"metadata beyond 1 MiB: {left_out} tags left out",) if left_out else ()
    return MetadataReading(kept, notes)

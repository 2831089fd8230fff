"""Embedded metadata as every reader of it gives it: tags named as exiftool names them.

A key is "group:tag" (``ExifIFD:FNumber``, ``IPTC:City``, ``XMP-dc:title`` is ``XMP-dc:Title``), so
that what is made of the tags does not depend on the reader. All of it is untrusted: text is freed
of control characters, and everything has a bound.
"""

import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from resources.metadata.text_encoding import UNREADABLE, decode_8bit

TagValue: TypeAlias = str | int | float | bool | list[Any] | dict[str, Any]
Tags: TypeAlias = dict[str, TagValue]

LONGEST_TEXT = 16_384
"""Characters kept of one text; IPTC's longest field (the caption) holds 2,000 bytes."""

LONGEST_PROMPT = 262_144
"""Characters kept of LONG_TEXTS: ComfyUI's graph of a picture has up to about 100,000."""

LONG_TEXTS = frozenset(
    {
        *("PNG:Prompt", "PNG:Parameters", "PNG:Comment"),
        *("PNG:Invokeai_metadata", "PNG:Sd-metadata", "ExifIFD:UserComment", "IFD0:Model"),
    }
)
"""Tags that may say how a picture was generated: in JSON, which can only be read as a whole."""

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
    """``text`` as valid Unicode without control characters (tab and newline stay) and trimmed.

    Letters are composed (NFC, Unicode Standard Annex 15): "u" and "¨" become "ü", as it is typed.
    """
    unix = text.replace("\r\n", "\n").replace("\r", "\n")
    clean = SURROGATE.sub(UNREADABLE, CONTROL.sub("", unix)).strip()
    return unicodedata.normalize("NFC", clean)


def binary_value(content: bytes) -> Tags:
    """What is kept of a binary value: its length and digest."""
    return {"size_bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def text_or_digest(content: bytes) -> TagValue:
    """Bytes that should be text, as text; length and digest of those that are too many or none."""
    text = decode_8bit(content[: 4 * LONGEST_TEXT])
    is_text = UNREADABLE not in text and not CONTROL.search(text)
    is_text = is_text or text.encode("utf-8") == content.rstrip(b"\0 ")
    return text if is_text else binary_value(content)


def bounded_value(value: TagValue, depth: int = 1, longest: int = LONGEST_TEXT) -> TagValue:
    """``value`` with clean, capped texts and lists; structures below DEEPEST become "..."."""
    if isinstance(value, str):
        return clean_text(value[: 2 * longest])[:longest]
    if isinstance(value, (list, dict)) and depth > DEEPEST:
        return "..."
    if isinstance(value, list):
        return [bounded_value(item, depth + 1) for item in value[:LONGEST_LIST]]
    if isinstance(value, dict):
        items = list(value.items())[:LONGEST_LIST]
        return {clean_text(name)[:200]: bounded_value(item, depth + 1) for name, item in items}
    return value


def bounded_tags(tags: Mapping[str, TagValue]) -> MetadataReading:
    """``tags`` within all bounds, with a note that says what had to be left out: the largest."""
    kept: Tags = {}
    for name, value in tags.items():
        longest = LONGEST_PROMPT if name in LONG_TEXTS else LONGEST_TEXT
        kept[clean_text(name)[:200]] = bounded_value(value, longest=longest)
    sizes = {name: len(json.dumps([name, value])) for name, value in kept.items()}
    size_bytes, left_out = sum(sizes.values()), 0
    for name in sorted(kept, key=sizes.__getitem__, reverse=True):
        if size_bytes <= LARGEST_JSON_BYTES:
            break
        size_bytes -= sizes[name]
        left_out += 1
        del kept[name]
    notes = (f"metadata beyond 1 MiB: {left_out} tags left out",) if left_out else ()
    return MetadataReading(kept, notes)

"""Tags from an IPTC-IIM block (Information Interchange Model 4.2), named as exiftool does.

Text is UTF-8 when data set 1:90 says so; else UTF-8 if it is that, else Windows-1252.
"""

import hashlib
import struct
from collections.abc import Iterator
from typing import NamedTuple

from resources.metadata.ranking import CURRENT_DIGEST, STORED_DIGEST
from resources.metadata.tags import MetadataReading, Tags, TagValue
from resources.metadata.text_encoding import decode_8bit

IPTC_RESOURCE = 0x0404
"""Photoshop image resource that holds the IPTC block."""

DIGEST_RESOURCE = 0x0425
"""Photoshop image resource that holds the MD5 of the block when XMP was written along with it."""

APPLICATION_RECORD = {
    5: "ObjectName",
    15: "Category",
    20: "SupplementalCategories",
    25: "Keywords",
    40: "SpecialInstructions",
    55: "DateCreated",
    60: "TimeCreated",
    62: "DigitalCreationDate",
    63: "DigitalCreationTime",
    65: "OriginatingProgram",
    80: "By-line",
    85: "By-lineTitle",
    90: "City",
    92: "Sub-location",
    95: "Province-State",
    100: "Country-PrimaryLocationCode",
    101: "Country-PrimaryLocationName",
    103: "OriginalTransmissionReference",
    105: "Headline",
    110: "Credit",
    115: "Source",
    116: "CopyrightNotice",
    118: "Contact",
    120: "Caption-Abstract",
    122: "Writer-Editor",
}
"""Names of record 2; other data sets are named by number, like "2:12"."""

REPEATABLE = frozenset({20, 25, 80, 85, 118, 122})
"""Data sets of record 2 that are always lists."""


class DataSet(NamedTuple):
    """One field of the block."""

    record: int
    number: int
    content: bytes


def read_iptc(block: bytes, stored_digest: bytes | None) -> MetadataReading:
    """The tags of an IPTC block; ``stored_digest`` is what DIGEST_RESOURCE holds."""
    tags: Tags = {}
    notes: list[str] = []
    try:
        for data_set in data_sets(block):
            if data_set.record == 2:
                _add(tags, data_set)
    except (struct.error, ValueError) as error:
        notes.append(f"broken IPTC block: {error}")
    if tags:
        tags[CURRENT_DIGEST] = hashlib.md5(block, usedforsecurity=False).hexdigest()
        if stored_digest:
            tags[STORED_DIGEST] = stored_digest.hex()
    return MetadataReading(tags, tuple(notes))


def image_resources(block: bytes) -> dict[int, bytes]:
    """Photoshop's image resources by number, from the block that a TIFF or PNG holds.

    A block that ends early gives what comes before.
    """
    resources: dict[int, bytes] = {}
    position = max(0, block.find(b"8BIM"))
    while block.startswith(b"8BIM", position) and position + 12 <= len(block):
        (code,) = struct.unpack_from(">H", block, position + 4)
        position += 6 + _even(1 + block[position + 6])  # a name, usually empty
        size = int.from_bytes(block[position : position + 4], "big")
        resources[code] = block[position + 4 : position + 4 + size]
        position += 4 + _even(size)
    return resources


def _even(size: int) -> int:
    return size + size % 2


def data_sets(block: bytes) -> Iterator[DataSet]:
    """The fields of the block in order, up to padding. Raises ValueError or struct.error."""
    position = 0
    while position < len(block) and block[position] == 0x1C:
        record, number, length = struct.unpack_from(">BBH", block, position + 1)
        position += 5
        if length & 0x8000:  # extended: the length's own length (IIM 4.2, section 1.5)
            size = length & 0x7FFF
            length = int.from_bytes(block[position : position + size], "big")
            position += size
        if position + length > len(block):
            raise ValueError(f"data set {record}:{number} is longer than the block")
        yield DataSet(record, number, block[position : position + length])
        position += length
    if block[position:].strip(b"\0"):
        raise ValueError("bytes that are not IPTC-IIM")


def _add(tags: Tags, data_set: DataSet) -> None:
    if data_set.number == 0:
        tags["IPTC:ApplicationRecordVersion"] = int.from_bytes(data_set.content[:8], "big")
        return
    name = f"IPTC:{APPLICATION_RECORD.get(data_set.number, f'2:{data_set.number}')}"
    text = _stamp(name, decode_8bit(data_set.content))
    known: TagValue | None = tags.get(name)
    if isinstance(known, list):
        known.append(text)
    elif data_set.number in REPEATABLE:
        tags[name] = [text]
    else:
        tags.setdefault(name, text)


def _stamp(name: str, text: str) -> str:
    """Dates as 2024:08:06 and times as 13:35:53+02:00, from 20240806 and 133553+0200."""
    if name.endswith(("DateCreated", "CreationDate")) and len(text) == 8:
        return f"{text[:4]}:{text[4:6]}:{text[6:]}"
    if name.endswith(("TimeCreated", "CreationTime")) and len(text) in (6, 11):
        zone = f"{text[6:9]}:{text[9:]}" if len(text) == 11 else ""
        return f"{text[:2]}:{text[2:4]}:{text[4:6]}{zone}"
    return text

"""The code points that an AVIF's container states of its colors, which Pillow passes over.

Pillow's reader of boxes walks to the properties of the primary item (ISO/IEC 23008-12, 9.3;
ISO/IEC 14496-12, 8.11.4 and 12.1.5). An item of an alternative rendition, such as an HDR gain map,
may have others.
"""

import io
import struct
from collections.abc import Iterator

from PIL.Jpeg2KImagePlugin import BoxReader

from resources.decoding.color_statements import UNSPECIFIED

READING_ERRORS = (SyntaxError, OSError, struct.error, OverflowError)
"""What the reader raises on damaged boxes."""

MAX_BOXES = 1_000
"""Boxes looked at on one level; a picture of many tiles has some hundred."""


def avif_code_points(content: bytes) -> tuple[int, int]:
    """Primaries and transfer by H.273; UNSPECIFIED where nothing can be read."""
    try:
        meta = first_box(BoxReader(io.BytesIO(content), len(content)), b"meta")
        boxes = dict(boxes_of(meta[4:]))
        properties = dict(boxes_of(boxes.get(b"iprp", b"")))
        container = list(boxes_of(properties.get(b"ipco", b"")))
        primary = item_id(boxes.get(b"pitm", b""))
        indexes = associated(properties.get(b"ipma", b""), primary)
    except READING_ERRORS:
        return UNSPECIFIED
    for index in indexes:
        kind, data = container[index - 1] if 0 < index <= len(container) else (b"", b"")
        if kind == b"colr" and data[:4] == b"nclx" and len(data) >= 8:
            primaries, transfer = struct.unpack_from(">HH", data, 4)
            return primaries, transfer
    return UNSPECIFIED


def first_box(reader: BoxReader, wanted: bytes) -> bytes:
    """The data of the first box of this kind; empty without one. Raises READING_ERRORS."""
    for _ in range(MAX_BOXES):
        if not reader.has_next_box():
            break
        if reader.next_box_type() == wanted:
            return data_of(reader)
    return b""


def boxes_of(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Kind and data of each box, in order. Raises READING_ERRORS."""
    reader = BoxReader(io.BytesIO(data), len(data))
    for _ in range(MAX_BOXES):
        if not data or not reader.has_next_box():
            return
        yield reader.next_box_type(), data_of(reader)


def data_of(reader: BoxReader) -> bytes:
    """What is left of the box that the reader is in. Raises READING_ERRORS."""
    return bytes(reader.read_fields(f">{reader.remaining_in_box}s")[0])


def item_id(pitm: bytes) -> int:
    """The primary item (ISO/IEC 14496-12, 8.11.4). Raises struct.error."""
    (number,) = struct.unpack_from(">H" if pitm[:1] == b"\0" else ">I", pitm, 4)
    return int(number)


def associated(ipma: bytes, wanted: int) -> list[int]:
    """Indexes, from 1, of the properties of an item. Raises struct.error."""
    version, has_long_indexes = ipma[:1], bool(ipma[3:4] and ipma[3] & 1)
    (count,) = struct.unpack_from(">I", ipma, 4)
    position, id_form = 8, ">HB" if version == b"\0" else ">IB"
    for _ in range(min(count, MAX_BOXES)):
        item, indexes = struct.unpack_from(id_form, ipma, position)
        position += struct.calcsize(id_form)
        form = f">{indexes}{'H' if has_long_indexes else 'B'}"
        if item == wanted:
            mask = 0x7FFF if has_long_indexes else 0x7F  # the first bit says "essential"
            return [index & mask for index in struct.unpack_from(form, ipma, position)]
        position += struct.calcsize(form)
    return []

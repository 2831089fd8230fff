"""Chunks of a PNG, also of one whose lengths, checksums or end are damaged (PNG 3rd edition).

What the picture states about its colors is read here, and its file is built anew from the chunks
that are there. A sound file goes to the decoders as it is.
"""

import re
import struct
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from resources.decoding.color_statements import (
    NOTHING_STATED,
    StatedColors,
    colors_of_cicp,
    colors_of_gamma,
    colors_of_profile,
)

SIGNATURE = b"\x89PNG\r\n\x1a\n"

KNOWN = re.compile(
    rb"IHDR|PLTE|IDAT|IEND|tRNS|cICP|iCCP|sRGB|gAMA|cHRM|sBIT|bKGD|pHYs|tIME|tEXt|zTXt|iTXt|eXIf"
)
"""Kinds of chunk at which reading goes on after a length that leads nowhere."""

KIND = re.compile(rb"[A-Za-z]{4}")

KEPT = (b"PLTE", b"tRNS", b"cICP", b"iCCP", b"sRGB", b"gAMA", b"cHRM", b"sBIT", b"eXIf")
"""What decides how the pixels look: this goes into a file built anew."""

CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""Samples per pixel by color type (11.2.1)."""

ADAM7 = (
    (0, 0, 8, 8),
    (4, 0, 8, 8),
    (0, 4, 4, 8),
    (2, 0, 4, 4),
    (0, 2, 2, 4),
    (1, 0, 2, 2),
    (0, 1, 1, 2),
)
"""Passes of interlacing: first column and row, steps in x and y (8.1)."""

INFLATED_AT_ONCE = 256
"""Bytes given to zlib at a time: what precedes an error is lost with its portion."""

SHOWN_UNITS = 100_000
"""gAMA and cHRM count hundred-thousandths (11.3.2)."""


@dataclass(frozen=True)
class Chunk:
    """One chunk, and whether its checksum is right."""

    kind: bytes
    data: bytes
    is_sound: bool


def read_chunks(content: bytes) -> Iterator[Chunk]:
    """The chunks in order, up to the end of the picture; what is no chunk is passed over."""
    position = len(SIGNATURE)
    while position + 8 <= len(content):
        length, kind = struct.unpack_from(">I4s", content, position)
        start, end = position + 8, position + 8 + length
        if not leads_on(content, kind, end):
            position = next_chunk(content, start)
            end = position - 4 if position < len(content) else position
        else:
            position = end + 4
        data = content[start:end]
        yield Chunk(kind, data, content[end : end + 4] == checksum(kind, data))
        if kind == b"IEND":
            return


def leads_on(content: bytes, kind: bytes, end: int) -> bool:
    """Whether a chunk that ends there is followed by another one, or by the end of the file."""
    if not KIND.fullmatch(kind):
        return False
    return kind == b"IEND" or end + 4 == len(content) or bool(KIND.match(content, end + 8))


def next_chunk(content: bytes, start: int) -> int:
    """Where the next known chunk begins, or the end of the file."""
    found = KNOWN.search(content, start + 4)
    return found.start() - 4 if found else len(content)


def checksum(kind: bytes, data: bytes) -> bytes:
    """The CRC of a chunk as the file holds it."""
    return struct.pack(">I", zlib.crc32(data, zlib.crc32(kind)))


def png_colors(content: bytes, profile: bytes | None) -> StatedColors:
    """What a PNG states of its colors: cICP before iCCP, sRGB, and gAMA with cHRM (4.3).

    ``profile`` is the ICC profile of iCCP as a decoder read it.
    """
    found: dict[bytes, bytes] = {}
    for chunk in read_chunks(content):
        if chunk.kind == b"IDAT":
            break
        if chunk.is_sound:
            found.setdefault(chunk.kind, chunk.data)
    stated = colors_of_cicp(*found[b"cICP"][:2]) if len(found.get(b"cICP", b"")) == 4 else None
    stated = stated or colors_of_profile(profile)
    if stated:
        return stated
    if b"sRGB" in found:
        return StatedColors("srgb")
    return colors_of_numbers(found.get(b"gAMA", b""), found.get(b"cHRM", b""))


def colors_of_numbers(gama: bytes, chrm: bytes) -> StatedColors:
    """What the data of the two chunks state; either may be missing."""
    gamma = struct.unpack(">I", gama)[0] / SHOWN_UNITS if len(gama) == 4 else None
    if not gamma and len(chrm) != 32:
        return NOTHING_STATED
    if len(chrm) != 32:
        return colors_of_gamma(gamma, None, None)
    white_x, white_y, *corners = (number / SHOWN_UNITS for number in struct.unpack(">8I", chrm))
    red_x, red_y, green_x, green_y, blue_x, blue_y = corners
    primaries = (red_x, red_y, green_x, green_y, blue_x, blue_y)
    return colors_of_gamma(gamma or None, primaries, (white_x, white_y))


@dataclass(frozen=True)
class RebuiltPng:
    """A sound file with the pixels that are there; ``share`` of its rows, 1 when none is missing.

    Missing rows are black, or transparent.
    """

    content: bytes
    share: float


def rebuild_png(content: bytes, at_most_bytes: int) -> RebuiltPng | None:
    """Build the file anew, whatever its checksums, lengths and end are like.

    None without a header, without pixels, or when the pixels would take more than
    ``at_most_bytes``.
    """
    parts = list(read_chunks(content))
    header = next((part.data for part in parts if part.kind == b"IHDR"), b"")
    size = inflated_size(header)
    if not size or size > at_most_bytes:
        return None
    pixels = inflate(b"".join(part.data for part in parts if part.kind == b"IDAT"), size)
    if not pixels:
        return None
    whole = zlib.compress(pixels.ljust(size, b"\0"), 1)
    kept = [part for part in parts if part.kind in KEPT and part.is_sound]
    ends = [Chunk(b"IDAT", whole, is_sound=True), Chunk(b"IEND", b"", is_sound=True)]
    built = written([Chunk(b"IHDR", header, is_sound=True), *kept, *ends])
    return RebuiltPng(built, len(pixels) / size)


def written(chunks: Iterable[Chunk]) -> bytes:
    """The bytes of a file of these chunks."""
    parts = (
        struct.pack(">I", len(one.data)) + one.kind + one.data + checksum(one.kind, one.data)
        for one in chunks
    )
    return SIGNATURE + b"".join(parts)


def inflated_size(header: bytes) -> int:
    """Bytes of all rows with their filter bytes, as IHDR's data say; 0 when they are damaged."""
    if len(header) != 13:
        return 0
    numbers: tuple[int, ...] = struct.unpack(">IIBBBBB", header)
    width, height, depth, color_type, _, _, is_interlaced = numbers
    if color_type not in CHANNELS:
        return 0
    bits = depth * CHANNELS[color_type]
    if not is_interlaced:
        return height * row_bytes(width, bits)
    passes = (
        (-((x - width) // step_x), -((y - height) // step_y)) for x, y, step_x, step_y in ADAM7
    )
    return sum(rows * row_bytes(columns, bits) for columns, rows in passes if columns > 0 < rows)


def row_bytes(width: int, bits_per_pixel: int) -> int:
    """Bytes of one row with its filter byte (7.2)."""
    return 1 + (width * bits_per_pixel + 7) // 8


def inflate(stream: bytes, at_most_bytes: int) -> bytes:
    """What can be inflated of a zlib stream, its checksum ignored."""
    inflater = zlib.decompressobj(wbits=-15)
    inflated = bytearray()
    for start in range(2, len(stream), INFLATED_AT_ONCE):
        left = at_most_bytes - len(inflated)
        if left <= 0:
            break
        try:
            inflated += inflater.decompress(stream[start : start + INFLATED_AT_ONCE], left)
        except zlib.error:
            break
    return bytes(inflated)

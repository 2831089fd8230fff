"""Files whose pixels are there but whose frame is damaged, with the frame as decoders want it.

End markers that are missing, lengths that promise more than there is, checksums that do not fit.
Nothing is written anywhere: the form is decoded and forgotten. Whether all pixels are there is not
said here but proven: by a strict decode of the form, or by decoding two forms that fill what is
missing differently (``twin``), whose pixels are equal only where none of the filling is seen.
"""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace

from resources.configuration.settings import Limits
from resources.decoding.mended_tiff import with_right_checksums
from resources.decoding.png_chunks import rebuild_png

JPEG_END = b"\xff\xd9"
SVG_END = b"</svg>"
GIF_END = b"\0\x3b"
"""End of the last block, and the trailer (GIF89a, section 27)."""

BYTES_PER_PIXEL = 8
"""Of the deepest pixels: four channels of 16 bits."""

JPEG_2000_END = b"\xff\xd9"

BOXED = frozenset({"heic", "avif", "jxl"})
"""Formats of boxes (ISO/IEC 14496-12, 4.2), each of which says how long it is."""

BARE_JPEG_XL = b"\xff\x0a"
"""A codestream without boxes (ISO/IEC 18181-1, annex D)."""

FILLED = frozenset({"bmp", "ppm", "tga", "psd", "pcx", "sgi", "qoi", "dds"})
"""Formats that end when all pixels are there."""

FILLING_BYTES = 65_536

WEBP_PIXELS = (b"VP8 ", b"VP8L", b"ALPH", b"ANMF", b"VP8X", b"ANIM")

SCAN, PROGRESSIVE = 0xDA, 0xC2
STANDALONE = frozenset(range(0xD0, 0xD9)) | {0x01}
"""JPEG markers without a length (ISO/IEC 10918-1, table B.1)."""

MARKER_IN_SCAN = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")


@dataclass(frozen=True)
class Mended:
    """A form that decoders accept, and what was wrong, in words.

    ``share`` is how much of the pixels is known to be there; ``twin`` is the same form with
    another filling.
    """

    content: bytes
    remark: str
    share: float = 1.0
    twin: bytes | None = None


def mended(content: bytes, format: str, limits: Limits) -> Mended | None:
    """The form of a damaged file of this format; None when there is nothing to mend."""
    match format:
        case "jpeg":
            return Mended(content + JPEG_END, "the end marker of the JPEG is missing")
        case "gif":
            return Mended(content + GIF_END, "the end marker of the GIF is missing")
        case "png":
            return mended_png(content, limits)
        case "tiff":
            return mended_tiff(content, limits)
        case "webp":
            return mended_webp(content)
        case "jp2":
            return mended_jp2(content)
        case "svg":
            return mended_svg(content)
    if format in BOXED and not content.startswith(BARE_JPEG_XL):
        return filled_up(content, end_of_boxes(content) - len(content))
    return filled_up(content, FILLING_BYTES) if format in FILLED | BOXED else None


def mended_png(content: bytes, limits: Limits) -> Mended | None:
    """The file built anew from its chunks."""
    rebuilt = rebuild_png(content, limits.max_pixels * BYTES_PER_PIXEL)
    if rebuilt is None:
        return None
    remark = "the frame of the PNG is damaged (a checksum, a length or its end), its pixels are not"
    return Mended(rebuilt.content, remark, rebuilt.share)


def mended_tiff(content: bytes, limits: Limits) -> Mended | None:
    """The file with right checksums."""
    form = with_right_checksums(content, limits.max_pixels * BYTES_PER_PIXEL)
    if form is None:
        return None
    return Mended(form, "a checksum of the TIFF does not fit, but all of its pixels are there")


def filled_up(content: bytes, count: int) -> Mended | None:
    """The file with ``count`` more bytes, at most as many again as it has and FILLING_BYTES."""
    if not 0 < count <= len(content) + FILLING_BYTES:
        return None
    remark = "the file ends too early, but all of its pixels are there"
    return Mended(content + b"\0" * count, remark, twin=content + b"\xff" * count)


def mended_svg(content: bytes) -> Mended | None:
    """The drawing without what follows its end."""
    end = content.rfind(SVG_END) + len(SVG_END)
    if end < len(SVG_END) or not content[end:].strip():
        return None
    return Mended(content[:end], "there are bytes after the end of the drawing")


def mended_jp2(content: bytes) -> Mended | None:
    """The file filled up to its last box's end, with the end marker of the codestream there."""
    content = content.removesuffix(JPEG_2000_END[:1])
    missing = max(0, end_of_boxes(content) - len(content) - len(JPEG_2000_END))
    if missing == 0:
        return Mended(content + JPEG_2000_END, "the end marker of the JPEG 2000 is missing")
    form = filled_up(content, missing)
    if form is None or form.twin is None:
        return None
    return replace(form, content=form.content + JPEG_2000_END, twin=form.twin + JPEG_2000_END)


def end_of_boxes(content: bytes) -> int:
    """Where the last box at the top level says that it ends."""
    end = 0
    while 0 <= end <= len(content) - 8:
        size = int.from_bytes(content[end : end + 4], "big")
        if size == 1:
            size = int.from_bytes(content[end + 8 : end + 16], "big")
        if size < 8:  # 0: up to the end of the file
            return len(content)
        end += size
    return end


def mended_webp(content: bytes) -> Mended | None:
    """The file with the length that it has; a last chunk that is cut is filled up, or left out."""
    parts, missing = [], 0
    for kind, data, size in webp_chunks(content):
        if len(data) < size and kind not in WEBP_PIXELS:
            break
        parts.append(kind + struct.pack("<I", size) + data)
        missing = max(0, size - len(data))
    if not parts or missing > len(content) + FILLING_BYTES:
        return None
    forms = [framed_webp(b"".join(parts) + filler * missing) for filler in (b"\0", b"\xff")]
    remark = "the file says that it is longer than it is, but all of its pixels are there"
    return Mended(forms[0], remark, twin=forms[1] if missing else None)


def webp_chunks(content: bytes) -> Iterator[tuple[bytes, bytes, int]]:
    """Kind, data with padding, and stated size of each chunk (WebP Container Specification)."""
    position = 12
    while position + 8 <= len(content):
        kind, size = struct.unpack_from("<4sI", content, position)
        start, end = position + 8, position + 8 + size
        yield kind, content[start : end + size % 2], size
        position = end + size % 2


def framed_webp(chunks: bytes) -> bytes:
    """A WebP file of these chunks."""
    padded = chunks + b"\0" * (len(chunks) % 2)
    return b"RIFF" + struct.pack("<I", len(padded) + 4) + b"WEBP" + padded


def has_every_row(content: bytes) -> bool:
    """Whether a progressive JPEG holds a first scan of every component: then all rows are there.

    Later scans only refine them (ISO/IEC 10918-1, annex G.1.1).
    """
    expected = b""
    begun: set[int] = set()
    for marker, segment, end in jpeg_segments(content):
        if marker == PROGRESSIVE and len(segment) >= 6:
            expected = segment[6::3][: segment[5]]
        elif marker == SCAN and segment and MARKER_IN_SCAN.search(content, end):
            begun |= set(segment[1 : 1 + 2 * segment[0] : 2])
    return bool(expected) and set(expected) <= begun


def jpeg_segments(content: bytes) -> Iterator[tuple[int, bytes, int]]:
    """Marker, data and end of each segment; the coded data of scans are passed over."""
    position = 2
    while position + 4 <= len(content):
        marker = content[position + 1]
        if content[position] != 0xFF:
            return
        if marker in STANDALONE or marker == 0xFF:
            position += 1 if marker == 0xFF else 2
            continue
        end = position + 2 + int.from_bytes(content[position + 2 : position + 4], "big")
        yield marker, content[position + 4 : end], end
        position = end
        if marker == SCAN:
            found = MARKER_IN_SCAN.search(content, end)
            if found is None:
                return
            position = found.start()

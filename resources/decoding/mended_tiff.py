"""A TIFF whose deflated strips or tiles are whole, with the checksums that they should have.

zlib refuses a strip for its last four bytes when all of its pixels have been inflated already.
"""

import zlib

from resources.decoding.tiff_tags import READING_ERRORS, first_directory

DEFLATE = (8, 32946)
"""Compression by zlib: Adobe's number (TIFF Technical Note 3), and the older one."""

COMPRESSION = 259
PLACES = ((273, 279), (324, 325))
"""Offsets and byte counts of strips, and of tiles (TIFF 6.0, sections 3 and 15)."""

CHECKSUM_BYTES = 4
HEADER_BYTES = 2

MAX_PARTS = 100_000


def with_right_checksums(content: bytes, at_most_bytes: int) -> bytes | None:
    """The file with the checksum of every strip or tile put right.

    None when it is no deflated TIFF, when pixels are missing, or more than ``at_most_bytes``.
    """
    mended = bytearray(content)
    left = at_most_bytes
    for offset, count in deflated_parts(content):
        part = content[offset : offset + count]
        inflater = zlib.decompressobj(wbits=-15)
        try:
            pixels = inflater.decompress(part[HEADER_BYTES:], left)
        except zlib.error:
            return None
        left -= len(pixels)
        if not inflater.eof or left <= 0:
            return None
        end = offset + len(part) - len(inflater.unused_data)
        mended[end : end + CHECKSUM_BYTES] = zlib.adler32(pixels).to_bytes(CHECKSUM_BYTES, "big")
    return bytes(mended[: len(content)]) if mended[: len(content)] != content else None


def deflated_parts(content: bytes) -> list[tuple[int, int]]:
    """Offset and length of each strip or tile of the first page; none for other compressions."""
    try:
        tags = first_directory(content)
        if tags.get(COMPRESSION) not in DEFLATE:
            return []
        found = [(tags[places], tags[counts]) for places, counts in PLACES if places in tags]
    except READING_ERRORS:
        return []
    pairs = [pair for places, counts in found for pair in zip(places, counts, strict=False)]
    return [(int(place), int(count)) for place, count in pairs[:MAX_PARTS]]

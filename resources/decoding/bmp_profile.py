"""The ICC profile of a BMP, which Pillow passes over (BITMAPV5HEADER of Windows' GDI)."""

import struct

FILE_HEADER_BYTES = 14
V5_BYTES = 124
"""Size of the first header that may hold a profile."""

COLOR_SPACE_AT, PROFILE_AT = 56, 112
"""Where bV5CSType is in the header, and bV5ProfileData with bV5ProfileSize."""

EMBEDDED = b"DEBM"
"""PROFILE_EMBEDDED, "MBED" as a little-endian number."""


def bmp_profile(content: bytes) -> bytes | None:
    """The embedded profile; None without one."""
    header = content[FILE_HEADER_BYTES : FILE_HEADER_BYTES + V5_BYTES]
    if len(header) < V5_BYTES or int.from_bytes(header[:4], "little") < V5_BYTES:
        return None
    if header[COLOR_SPACE_AT : COLOR_SPACE_AT + 4] != EMBEDDED:
        return None
    offset, size = struct.unpack_from("<II", header, PROFILE_AT)
    start = FILE_HEADER_BYTES + offset
    profile = content[start : start + size]
    return profile if len(profile) == size > 0 else None

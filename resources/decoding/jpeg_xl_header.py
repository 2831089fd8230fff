"""Size, orientation, bit depth and kind of alpha of a JPEG XL file, without decoding pixels.

Written after ISO/IEC 18181-1:2024, annex D (SizeHeader, ImageMetadata) and 18181-2 (boxes). Bits
are read from the least significant end of each byte.
"""

from dataclasses import dataclass

from resources.outcomes import RejectedImage

CODESTREAM = b"\xff\x0a"

HEADER_BYTES = 2048
"""More than every field up to the alpha channel can take, with a long name of another channel."""

RATIOS = {1: (1, 1), 2: (12, 10), 3: (4, 3), 4: (3, 2), 5: (16, 9), 6: (5, 4), 7: (2, 1)}
"""Width : height, by the three-bit code; 0 means that the width is given."""

SIDE = ((1, 9), (1, 13), (1, 18), (1, 30))
PREVIEW_DIV8 = ((16, 0), (32, 0), (1, 5), (33, 9))
PREVIEW_SIDE = ((1, 6), (65, 8), (321, 10), (1345, 12))
INTEGER_DEPTH = ((8, 0), (10, 0), (12, 0), (1, 6))
FLOAT_DEPTH = ((32, 0), (16, 0), (24, 0), (1, 6))
TICKS = ((100, 0), (1000, 0), (1, 10), (1, 30))
TICKS_PER = ((1, 0), (1001, 0), (1, 8), (1, 10))
LOOPS = ((0, 0), (0, 3), (0, 16), (0, 32))
EXTRA_CHANNELS = ((0, 0), (1, 0), (2, 4), (1, 12))
CHANNEL_TYPE = ((0, 0), (1, 0), (2, 4), (18, 6))
CHANNEL_SHIFT = ((0, 0), (3, 0), (4, 0), (1, 3))
NAME_LENGTH = ((0, 0), (0, 4), (16, 5), (48, 10))
"""U32 codes: offset and number of further bits, by the two-bit selector."""

ALPHA_TYPE = 0

CHANNEL_VALUES = {2: 64}
"""Bits that follow for a spot color; a color filter array, whose length varies, is not expected."""

U32 = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class JpegXlHeader:
    """Upright size in px, EXIF orientation of the stored pixels, bits per sample.

    ``is_premultiplied``: the colors are stored multiplied by the transparency.
    """

    width_px: int
    height_px: int
    orientation: int
    bit_depth: int
    is_float: bool
    is_animated: bool
    is_premultiplied: bool = False


class _Bits:
    def __init__(self, content: bytes) -> None:
        self.value = int.from_bytes(content, "little")
        self.left = len(content) * 8

    def take(self, count: int) -> int:
        if count > self.left:
            raise RejectedImage("damaged JXL: the header ends too early")
        taken = self.value & ((1 << count) - 1)
        self.value >>= count
        self.left -= count
        return taken

    def u32(self, code: U32) -> int:
        offset, count = code[self.take(2)]
        return offset + self.take(count)


def read_jpeg_xl_header(content: bytes) -> JpegXlHeader:
    """The header of the bare codestream or of the one in a container. Raises RejectedImage."""
    bits = _Bits(_codestream(content)[2 : 2 + HEADER_BYTES])
    width, height = _size(bits)
    if bits.take(1):  # all_default
        return JpegXlHeader(width, height, 1, 8, is_float=False, is_animated=False)
    orientation, is_animated = _extra_fields(bits) if bits.take(1) else (1, False)
    is_float, depth = _depth(bits)
    if orientation > 4:  # the file's sides are those of the pixels as stored
        width, height = height, width
    bits.take(1)  # modular_16bit_buffers
    is_premultiplied = _alpha_is_premultiplied(bits)
    return JpegXlHeader(width, height, orientation, depth, is_float, is_animated, is_premultiplied)


def _depth(bits: _Bits) -> tuple[bool, int]:
    """Whether samples are floating point, and their bits."""
    is_float = bool(bits.take(1))
    depth = bits.u32(FLOAT_DEPTH if is_float else INTEGER_DEPTH)
    if is_float:
        bits.take(4)  # exponent bits
    return is_float, depth


def _alpha_is_premultiplied(bits: _Bits) -> bool:
    """Whether the first alpha channel says so; the channels before it are skipped."""
    for _ in range(bits.u32(EXTRA_CHANNELS)):
        if bits.take(1):  # all_default: alpha, not premultiplied
            return False
        kind = bits.u32(CHANNEL_TYPE)
        _depth(bits)
        bits.u32(CHANNEL_SHIFT)
        bits.take(8 * bits.u32(NAME_LENGTH))
        if kind == ALPHA_TYPE:
            return bool(bits.take(1))
        if kind in CHANNEL_VALUES:
            bits.take(CHANNEL_VALUES[kind])
    return False


def _size(bits: _Bits) -> tuple[int, int]:
    is_div8 = bits.take(1)
    height = 8 * (1 + bits.take(5)) if is_div8 else bits.u32(SIDE)
    ratio = bits.take(3)
    if ratio:
        numerator, denominator = RATIOS[ratio]
        return height * numerator // denominator, height
    return (8 * (1 + bits.take(5)) if is_div8 else bits.u32(SIDE)), height


def _extra_fields(bits: _Bits) -> tuple[int, bool]:
    """Orientation and whether it is animated; skips intrinsic size and preview."""
    orientation = 1 + bits.take(3)
    if bits.take(1):
        _size(bits)
    if bits.take(1):
        code = PREVIEW_DIV8 if bits.take(1) else PREVIEW_SIDE
        bits.u32(code)
        if not bits.take(3):
            bits.u32(code)
    is_animated = bool(bits.take(1))
    if is_animated:
        for code in (TICKS, TICKS_PER, LOOPS):
            bits.u32(code)
        bits.take(1)
    return orientation, is_animated


def _codestream(content: bytes) -> bytes:
    """The first bytes of the codestream: bare, or in the first jxlc or jxlp box."""
    if content.startswith(CODESTREAM):
        return content
    position = 0
    while position + 8 <= len(content):
        size = int.from_bytes(content[position : position + 4], "big")
        kind = content[position + 4 : position + 8]
        start = position + (16 if size == 1 else 8)
        if kind in (b"jxlc", b"jxlp"):
            start += 4 if kind == b"jxlp" else 0  # jxlp begins with the part's number
            return content[start : start + 2 + HEADER_BYTES]
        if size == 1:
            size = int.from_bytes(content[position + 8 : position + 16], "big")
        if size < 8:
            break
        position += size
    raise RejectedImage("damaged JXL: the container holds no picture")

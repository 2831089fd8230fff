"""The same patches of color, written in other encodings, as files state them."""

import io
import struct
import zlib

import imagecodecs
import numpy as np
from numpy.typing import NDArray
from PIL import Image

SRGB = np.array(
    [(200, 60, 40), (40, 160, 60), (60, 80, 200), (120, 120, 120), (230, 200, 40), (20, 20, 20)]
)
"""The patches, as sRGB."""

PATCH_PX = 16

XYZ_OF = {
    name: np.array(numbers).reshape(3, 3)
    for name, numbers in {
        "srgb": (0.4124, 0.3576, 0.1805, 0.2126, 0.7152, 0.0722, 0.0193, 0.1192, 0.9505),
        "adobe": (0.57667, 0.18556, 0.18823, 0.29734, 0.62736, 0.07529, 0.02703, 0.07069, 0.99134),
        "p3": (0.48657, 0.26567, 0.19822, 0.22897, 0.69174, 0.07929, 0.0, 0.04511, 1.04394),
        "rec2020": (0.63696, 0.14462, 0.16888, 0.2627, 0.678, 0.0593, 0.0, 0.02807, 1.06099),
    }.items()
}
"""Linear RGB to CIE XYZ under D65: IEC 61966-2-1, Adobe RGB (1998) 4.3.5.3, and BT.2020 and P3 by
their chromaticities."""


def linear_srgb() -> NDArray[np.float64]:
    """The patches as light, in sRGB's primaries."""
    level = SRGB / 255
    return np.where(level <= 0.04045, level / 12.92, ((level + 0.055) / 1.055) ** 2.4)


def linear_in(space: str) -> NDArray[np.float64]:
    """The patches as light, in other primaries."""
    matrix = np.linalg.inv(XYZ_OF[space]) @ XYZ_OF["srgb"]
    return (linear_srgb() @ matrix.T).clip(0, 1)


def srgb_curve(light: NDArray[np.float64]) -> NDArray[np.float64]:
    """sRGB's signal for light."""
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)


def pq(nits: NDArray[np.float64]) -> NDArray[np.float64]:
    """PQ's signal for light in cd/m2 (SMPTE ST 2084)."""
    power = (nits / 10_000) ** 0.1593017578125
    return ((0.8359375 + 18.8515625 * power) / (1 + 18.6875 * power)) ** 78.84375


def patches(signal: NDArray[np.float64], depth: int = 8) -> NDArray[np.generic]:
    """A row of patches, (16, 96, 3) uint8 or uint16, of signals from 0 to 1."""
    levels = np.round(signal * (255 if depth == 8 else 65535))
    row = levels.astype(np.uint8 if depth == 8 else np.uint16)[None]
    return np.repeat(np.repeat(row, PATCH_PX, axis=0), PATCH_PX, axis=1)


def saved(pixels: NDArray[np.generic], format: str, **options: object) -> bytes:
    """An encoded picture of uint8 pixels, as free of losses as the format can be."""
    buffer = io.BytesIO()
    lossless = {
        "JPEG": {"quality": 98, "subsampling": 0},
        "WEBP": {"lossless": True},
        "AVIF": {"quality": 100, "subsampling": "4:4:4"},
    }
    Image.fromarray(pixels).save(buffer, format, **{**lossless.get(format, {}), **options})
    return buffer.getvalue()


def png_with(pixels: NDArray[np.generic], *chunks: tuple[bytes, bytes]) -> bytes:
    """A PNG with these chunks before its pixels."""
    plain: bytes = imagecodecs.png_encode(pixels)
    return plain[:33] + b"".join(chunk(kind, data) for kind, data in chunks) + plain[33:]


def chunk(kind: bytes, data: bytes) -> bytes:
    """A PNG chunk."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def gama(gamma: float) -> tuple[bytes, bytes]:
    return b"gAMA", struct.pack(">I", round(gamma * 100_000))


def chrm(*numbers: float) -> tuple[bytes, bytes]:
    """White, red, green and blue: x and y of each."""
    return b"cHRM", struct.pack(">8I", *(round(number * 100_000) for number in numbers))


P3_CHRM = chrm(0.3127, 0.3290, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060)
SRGB_CHRM = chrm(0.3127, 0.3290, 0.640, 0.330, 0.300, 0.600, 0.150, 0.060)


def iccp(profile: bytes) -> tuple[bytes, bytes]:
    return b"iCCP", b"x\0\0" + zlib.compress(profile)


def profile_of(space: str, gamma: float, name: str = "RGB built-in") -> bytes:
    """An ICC profile of these primaries and exponent, under a name of twelve letters."""
    primaries = {
        "adobe": (0.64, 0.33, 0.21, 0.71, 0.15, 0.06),
        "p3": (0.680, 0.320, 0.265, 0.690, 0.150, 0.060),
        "srgb": (0.64, 0.33, 0.30, 0.60, 0.15, 0.06),
    }[space]
    curve = np.round(np.linspace(0, 1, 1024) ** gamma * 65535).astype(np.uint16)
    profile: bytes = imagecodecs.cms_profile(
        "rgb", whitepoint=(0.3127, 0.3290), primaries=primaries, transferfunction=curve
    )
    return profile.replace("RGB built-in".encode("utf-16-be"), name.encode("utf-16-be"))


def bmp_with(pixels: NDArray[np.generic], profile: bytes) -> bytes:
    """A BMP of uint8 RGB with an embedded profile (BITMAPV5HEADER)."""
    height, width, _ = pixels.shape
    rows = np.ascontiguousarray(pixels[::-1, :, ::-1]).tobytes()
    header = struct.pack("<IiiHHIIiiII", 124, width, height, 1, 24, 0, len(rows), 0, 0, 0, 0)
    header += (
        bytes(16) + b"DEBM" + bytes(48) + struct.pack("<IIII", 4, 124 + len(rows), len(profile), 0)
    )
    size = 14 + len(header) + len(rows) + len(profile)
    return struct.pack("<2sIII", b"BM", size, 0, 14 + len(header)) + header + rows + profile


def exif_of(color_space: int | None, index: str | None) -> Image.Exif:
    """EXIF with ColorSpace and InteroperabilityIndex."""
    exif = Image.Exif()
    if color_space is not None:
        exif.get_ifd(0x8769)[0xA001] = color_space
    if index is not None:
        exif.get_ifd(0x8769)[0xA005] = {1: index}
    return exif


def tiff_with_dcf(pixels: NDArray[np.generic]) -> bytes:
    """A TIFF of uint8 RGB whose EXIF says what DCF says of Adobe RGB; Pillow writes no such."""
    height, width, _ = pixels.shape
    interoperability = directory([(1, 2, 4, b"R03\0")])
    exif_at = 8 + len(interoperability)
    exif = directory([(0xA001, 3, 1, 65535), (0xA005, 4, 1, 8)])
    bits_at = exif_at + len(exif)
    pixels_at = bits_at + 6
    page = [
        (256, 4, 1, width),
        (257, 4, 1, height),
        (258, 3, 3, bits_at),
        (259, 3, 1, 1),
        (262, 3, 1, 2),
        (273, 4, 1, pixels_at),
        (277, 3, 1, 3),
        (278, 4, 1, height),
        (279, 4, 1, pixels.size),
        (34665, 4, 1, exif_at),
    ]
    start = struct.pack("<2sHI", b"II", 42, pixels_at + pixels.size)
    values = struct.pack("<3H", 8, 8, 8) + pixels.tobytes()
    return start + interoperability + exif + values + directory(page)


def directory(entries: list[tuple[int, int, int, int | bytes]]) -> bytes:
    """A TIFF directory: tag, type, count, and value or offset of each entry."""
    packed = (
        struct.pack("<HHI", tag, kind, count)
        + (value if isinstance(value, bytes) else struct.pack("<I", value))
        for tag, kind, count, value in entries
    )
    return struct.pack("<H", len(entries)) + b"".join(packed) + b"\0\0\0\0"


def jxl_with_colors(pixels: NDArray[np.generic], primaries: str, transfer: str) -> bytes:
    """A lossless JPEG XL whose header states these colors (ISO/IEC 18181-1, annex D and E).

    What libjxl writes for lossless sRGB is replaced: the header up to the byte boundary before the
    frame.
    """
    plain: bytes = imagecodecs.jpegxl_encode(pixels, lossless=True, usecontainer=False)
    bits = "".join(f"{byte:08b}"[::-1] for byte in plain[:32])
    size_end = 16 + 6
    assert bits[16] == "1", "sides of multiples of 8"
    ratio = int(bits[size_end : size_end + 3][::-1], 2)
    assert ratio == 7, "2 : 1, so that no width follows"
    start = size_end + 3
    before = bits[start : start + 4]
    assert before[:2] == "00", "not all default, no extra fields"
    fields = start + 2 + 3 + 1 + 2 + 1  # bit depth of 8, buffers, no extra channels, not XYB
    assert bits[fields] == "1", "colors are all default: sRGB"
    code = {"srgb": "10", "rec2020": "01" + "1110", "linear": "01" + "0110", "pq": "01" + "0111"}
    code["hlg"] = "11" + "000000"
    stated = "0" + "0" + "00" + "10" + code[primaries] + "0" + code[transfer] + "10"
    rest = bits[fields + 1 :]
    end = fields + 1 + rest.index("1") + 1  # extensions of length 0, then default_m
    header = bits[:fields] + stated + bits[fields + 1 : end]
    header += "0" * (-len(header) % 8)
    changed = bytes(int(header[at : at + 8][::-1], 2) for at in range(0, len(header), 8))
    return changed + plain[(end + 7) // 8 :]

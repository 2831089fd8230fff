"""Files of which one of our decoders silently gives wrong pixels: another one must read them."""

import io
import struct

import imagecodecs
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from resources.configuration.settings import Limits
from resources.decoding.pixels import decode_upright, read_header
from resources.outcomes import RejectedImage, UnsupportedImage
from tests.support.stated_colors import directory

LIMITS = Limits()
HEIGHT, WIDTH = 96, 128


def scene() -> NDArray[np.uint8]:
    blocks = np.random.default_rng(3).integers(0, 255, (6, 8, 3))
    return np.kron(blocks, np.ones((16, 16, 1))).astype(np.uint8)


def saved(picture: Image.Image, format: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, format, **options)
    return buffer.getvalue()


def difference(content: bytes, expected: NDArray[np.uint8]) -> float:
    found = decode_upright(content, LIMITS).image.numpy()[..., :3]
    return float(np.abs(found.astype(int) - expected).mean())


def palette_jp2(indexes: NDArray[np.uint8], palette: NDArray[np.uint8]) -> bytes:
    """A JPEG 2000 with a palette (ISO/IEC 15444-1, I.5.3.4 and I.5.3.5)."""
    plain = saved(Image.fromarray(indexes), "JPEG2000", irreversible=False)
    start = plain.index(b"jp2h") - 4
    end = start + int.from_bytes(plain[start : start + 4], "big")
    colr = plain.index(b"colr") + 4
    inner = plain[start + 8 : colr] + struct.pack(">BBBI", 1, 0, 0, 16) + plain[colr + 7 : end]
    inner += box(b"pclr", struct.pack(">HB", len(palette), 3) + b"\7\7\7" + palette.tobytes())
    inner += box(b"cmap", b"".join(struct.pack(">HBB", 0, 1, band) for band in range(3)))
    return plain[:start] + box(b"jp2h", inner) + plain[end:]


def box(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", 8 + len(data)) + kind + data


def test_equal_colors_in_the_palette_of_a_jpeg_2000_stay_apart() -> None:
    """Pillow merges them, so that all later colors of the palette move up."""
    palette = np.random.default_rng(5).integers(0, 255, (16, 3)).astype(np.uint8)
    palette[3] = palette[1]
    indexes = np.kron(np.arange(48).reshape(6, 8) % 16, np.ones((16, 16))).astype(np.uint8)
    assert difference(palette_jp2(indexes, palette), palette[indexes]) == 0


@pytest.mark.parametrize("depth", [8, 10, 12, 16])
def test_white_in_a_deep_jpeg_2000_is_white(depth: int) -> None:
    """Pillow rounds 65535 up to black."""
    pixels = np.full((32, 32, 3), (1 << depth) - 1, np.uint8 if depth == 8 else np.uint16)
    pixels[:16] = 0
    content = imagecodecs.jpeg2k_encode(pixels, level=0, reversible=True, bitspersample=depth)
    assert read_header(content, LIMITS).bit_depth == depth
    image = decode_upright(content, LIMITS).image
    assert (image(5, 5), image(5, 25)) == ([0] * 3, [255] * 3)


def old_jpeg_tiff(jpeg: bytes, *, is_marked: bool = True, orientation: int = 1) -> bytes:
    """A TIFF whose only strip is a JPEG of the old style (TIFF 6.0, section 22)."""
    entries = [
        (256, 3, 1, WIDTH),
        (257, 3, 1, HEIGHT),
        (258, 3, 3, 8),
        (259, 3, 1, 6),
        (262, 3, 1, 6),
        (273, 4, 1, 14),
        (274, 3, 1, orientation),
        (277, 3, 1, 3),
        (278, 3, 1, HEIGHT),
        (279, 4, 1, len(jpeg)),
        *([(513, 4, 1, 14), (514, 4, 1, len(jpeg))] if is_marked else []),
        (530, 3, 2, struct.pack("<HH", 2, 2)),
    ]
    start = struct.pack("<2sHI3H", b"II", 42, 14 + len(jpeg), 8, 8, 8)
    return start + jpeg + directory(entries)


JPEG = saved(Image.fromarray(scene()), "JPEG", quality=90)


@pytest.mark.parametrize("is_marked", [True, False], ids=["marked", "only a strip"])
def test_old_style_jpeg_in_a_tiff_is_read(is_marked: bool) -> None:
    assert difference(old_jpeg_tiff(JPEG, is_marked=is_marked), scene()) < 3


def test_old_style_jpeg_is_turned_upright() -> None:
    assert difference(old_jpeg_tiff(JPEG, orientation=6), np.rot90(scene(), -1)) < 3


@pytest.mark.parametrize(
    "jpeg",
    [JPEG[: len(JPEG) // 2], b"\x55" * 500, JPEG[JPEG.index(b"\xff\xda") + 14 :]],
    ids=["half", "noise", "no tables"],
)
def test_old_style_jpeg_that_cannot_be_read_is_not_passed_off_as_white(jpeg: bytes) -> None:
    with pytest.raises((RejectedImage, UnsupportedImage)):
        decode_upright(old_jpeg_tiff(jpeg), LIMITS)


def test_old_style_jpeg_of_one_color_is_not_believed() -> None:
    """It is what comes out when its decoder gives up without a word."""
    white = saved(Image.new("RGB", (WIDTH, HEIGHT), "white"), "JPEG")
    with pytest.raises(UnsupportedImage, match="no picture"):
        decode_upright(old_jpeg_tiff(white), LIMITS)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_tiff_that_only_pillow_reads_is_turned_once(orientation: int) -> None:
    exif = Image.Exif()
    exif[274] = orientation
    plain = saved(Image.fromarray(scene()), "TIFF", exif=exif)
    packed = saved(Image.fromarray(scene()), "TIFF", exif=exif, compression="zstd")
    first, second = decode_upright(plain, LIMITS), decode_upright(packed, LIMITS)
    assert (first.decoder, second.decoder) == ("libvips", "pillow")
    assert (first.image.numpy() == second.image.numpy()).all()
    headers = [read_header(content, LIMITS) for content in (plain, packed)]
    sides = [(one.width_px, one.stored_width_px, one.orientation) for one in headers]
    assert sides[0] == sides[1]


UNSUPPORTED = {
    "JPEG of 12 bits": imagecodecs.jpeg8_encode(
        scene().astype(np.uint16) << 4, bitspersample=12, level=95
    ),
    "JPEG-LS": imagecodecs.jpegls_encode(scene()),
}


@pytest.mark.parametrize("name", UNSUPPORTED)
def test_what_a_decoder_lacks_is_unsupported_and_not_called_damaged(name: str) -> None:
    with pytest.raises(UnsupportedImage, match="feature") as refused:
        decode_upright(UNSUPPORTED[name], LIMITS)
    assert "damaged" not in str(refused.value)

import io

import imagecodecs
import numpy as np
import pytest
from PIL import Image

from resources.configuration.settings import Limits
from resources.decoding.jpeg_xl_header import read_jpeg_xl_header
from resources.decoding.pixels import decode_upright, read_header
from resources.outcomes import RejectedImage


def picture(height: int, width: int, dtype: str = "uint8") -> np.ndarray:
    white = 1.0 if dtype == "float32" else np.iinfo(dtype).max
    pixels = np.zeros((height, width, 3))
    pixels[:, width // 2 :] = 1
    return (pixels * white).astype(dtype)


@pytest.mark.parametrize(
    ("height", "width"),
    [(16, 16), (8, 256), (100, 133), (300, 400), (77, 2049), (2160, 3840), (9000, 3)],
    ids=str,
)
def test_sides_are_read_without_decoding(height: int, width: int) -> None:
    header = read_jpeg_xl_header(imagecodecs.jpegxl_encode(picture(height, width), effort=1))
    assert (header.width_px, header.height_px, header.orientation) == (width, height, 1)


@pytest.mark.parametrize(
    ("dtype", "depth"), [("uint8", 8), ("uint16", 16), ("float32", 32)], ids=["8", "16", "float"]
)
def test_every_depth_is_shown_at_its_brightness(dtype: str, depth: int) -> None:
    content = imagecodecs.jpegxl_encode(picture(40, 60, dtype), lossless=True)
    assert read_jpeg_xl_header(content).bit_depth == depth
    image = decode_upright(content, Limits()).image
    assert (image(5, 5), image(50, 5)) == ([0, 0, 0], [255, 255, 255])


def test_ten_bits_fill_the_range_that_the_header_says() -> None:
    pixels = picture(40, 60, "uint16") >> 6
    content = imagecodecs.jpegxl_encode(pixels, lossless=True, bitspersample=10)
    assert read_header(content, Limits()).bit_depth == 10
    assert decode_upright(content, Limits()).image(50, 5) == [255, 255, 255]


def test_a_turned_jpeg_inside_is_upright() -> None:
    exif = Image.Exif()
    exif[274] = 6
    buffer = io.BytesIO()
    Image.fromarray(picture(40, 60)).save(buffer, "JPEG", exif=exif)
    content = imagecodecs.jpegxl_encode_jpeg(buffer.getvalue())
    header = read_header(content, Limits())
    assert (header.width_px, header.height_px, header.orientation) == (40, 60, 6)
    image = decode_upright(content, Limits()).image
    assert (image.width, image.height) == (40, 60)


@pytest.mark.parametrize(
    "content",
    [b"\xff\x0a", b"\x00\x00\x00\x0cJXL \x0d\x0a\x87\x0a", b"\x00\x00\x00\x00jxlX" * 3],
    ids=["no codestream", "no box", "endless box"],
)
def test_a_header_that_ends_too_early_is_rejected(content: bytes) -> None:
    with pytest.raises(RejectedImage, match="damaged JXL"):
        read_jpeg_xl_header(content)

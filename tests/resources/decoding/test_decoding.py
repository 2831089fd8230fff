import io
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import pyvips
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from resources.configuration.settings import Limits
from resources.decoding.decoding_context import collected_notes
from resources.decoding.pixels import ImageHeader, decode_upright, flattened, read_header
from resources.outcomes import ImageProblem, RejectedImage, UnsupportedImage

LIMITS = Limits()

RED, GREEN, BLUE, YELLOW = (220, 30, 30), (30, 200, 30), (30, 30, 220), (230, 220, 30)


@pytest.fixture
def notes() -> Iterator[list[str]]:
    with collected_notes() as collected:
        yield collected


def quadrants(width: int = 64, height: int = 48) -> Image.Image:
    """Red top left, green top right, blue bottom left, yellow bottom right."""
    picture = Image.new("RGB", (width, height))
    for place, color in enumerate((RED, GREEN, BLUE, YELLOW)):
        corner = (place % 2 * width // 2, place // 2 * height // 2)
        picture.paste(color, (*corner, corner[0] + width // 2, corner[1] + height // 2))
    return picture


def saved(picture: Image.Image, format: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, format, **options)
    return buffer.getvalue()


def corners(image: pyvips.Image) -> list[tuple[int, ...]]:
    """The colors in the middle of the four quadrants, in reading order."""
    width, height = image.width, image.height
    places = [(x, y) for y in (height // 4, 3 * height // 4) for x in (width // 4, 3 * width // 4)]
    return [tuple(round(value) for value in image(*place)) for place in places]


def looks_like(image: pyvips.Image, expected: list[tuple[int, int, int]], tolerance: int) -> bool:
    found = np.array([color[:3] for color in corners(image)])
    return bool(np.abs(found - np.array(expected)).max() <= tolerance)


PILLOW_FORMATS = {
    "jpeg": "JPEG",
    "png": "PNG",
    "webp": "WEBP",
    "tiff": "TIFF",
    "avif": "AVIF",
    "bmp": "BMP",
    "jp2": "JPEG2000",
    "tga": "TGA",
    "ppm": "PPM",
    "pcx": "PCX",
    "sgi": "SGI",
    "ico": "ICO",
    "qoi": "QOI",
    "dds": "DDS",
}


@pytest.mark.parametrize("format", PILLOW_FORMATS)
def test_a_format_is_known_by_its_bytes_and_decoded(format: str) -> None:
    options = {"sizes": [(64, 48)]} if format == "ico" else {}
    content = saved(quadrants(), PILLOW_FORMATS[format], **options)
    header = read_header(content, LIMITS)
    assert (header.format, header.width_px, header.height_px) == (format, 64, 48)
    assert looks_like(decode_upright(content, LIMITS).image, [RED, GREEN, BLUE, YELLOW], 30)


def test_gif_is_read_by_its_palette() -> None:
    decoded = decode_upright(saved(quadrants(), "GIF"), LIMITS)
    assert looks_like(decoded.image, [RED, GREEN, BLUE, YELLOW], 5)


def test_svg_is_drawn() -> None:
    drawing = (
        b'<svg xmlns="http://www.w3.org/2000/svg" width="40" height="30">'
        b'<rect width="20" height="30" fill="#ff0000"/></svg>'
    )
    decoded = decode_upright(drawing, LIMITS)
    assert (decoded.header.format, decoded.image.width, decoded.image.height) == ("svg", 40, 30)
    assert decoded.image(5, 5) == [255, 0, 0, 255]
    assert decoded.image(35, 5)[3] == 0


def test_the_first_page_of_a_pdf_is_drawn_at_144_dpi() -> None:
    content = saved(quadrants(72, 144), "PDF", resolution=72)
    header = read_header(content, LIMITS)
    assert (header.format, header.width_px, header.height_px) == ("pdf", 72, 144)
    decoded = decode_upright(content, LIMITS)
    assert (decoded.image.width, decoded.image.height) == (144, 288)
    assert looks_like(decoded.image, [RED, GREEN, BLUE, YELLOW], 30)


def test_an_encrypted_pdf_is_unsupported_not_damaged() -> None:
    content = saved(quadrants(), "PDF")
    lock = b"/Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O <%s> /U <%s> >> /ID [<00> <00>] "
    locked = content.replace(b"trailer\n<<", b"trailer\n<< " + lock % (b"ab" * 32, b"cd" * 32))
    assert locked != content
    with pytest.raises(UnsupportedImage, match="encrypted"):
        read_header(locked, LIMITS)


def test_a_pdf_without_pages_is_rejected() -> None:
    content = (
        saved(quadrants(), "PDF").replace(b"/Count 1", b"/Count 0").replace(b"/Kids", b"/Nope")
    )
    with pytest.raises(RejectedImage, match="damaged PDF"):
        read_header(content, LIMITS)


def test_a_pdf_page_of_absurd_size_is_drawn_small() -> None:
    page = b"/MediaBox [ 0 0 64.0 48.0 ]"
    content = saved(quadrants(), "PDF", resolution=72)
    assert page in content
    wide = content.replace(page, b"/MediaBox [ 0 0 14400 100 ]")
    image = decode_upright(wide, LIMITS).image
    assert (image.width, image.height) == (8192, 57)


@pytest.mark.parametrize("format", ["jpeg", "png", "webp", "tiff", "gif"])
def test_libvips_is_the_decoder_of_common_formats(format: str) -> None:
    """A wrong argument to libvips would look like damage, and Pillow would hide it."""
    content = saved(quadrants(), PILLOW_FORMATS.get(format, "GIF"))
    assert decode_upright(content, LIMITS, 32).decoder == "libvips"


def test_what_libvips_lacks_is_read_by_pillow_without_notes(notes: list[str]) -> None:
    decoded = decode_upright(saved(quadrants(), "TIFF", compression="zstd"), LIMITS)
    assert (decoded.decoder, notes) == ("pillow", [])
    assert looks_like(decoded.image, [RED, GREEN, BLUE, YELLOW], 0)


TURNED = {
    1: [RED, GREEN, BLUE, YELLOW],
    2: [GREEN, RED, YELLOW, BLUE],
    3: [YELLOW, BLUE, GREEN, RED],
    4: [BLUE, YELLOW, RED, GREEN],
    5: [RED, BLUE, GREEN, YELLOW],
    6: [BLUE, RED, YELLOW, GREEN],
    7: [YELLOW, GREEN, BLUE, RED],
    8: [GREEN, YELLOW, RED, BLUE],
}
"""EXIF orientation -> the quadrants as they must be seen (EXIF 2.32, tag 274)."""


@pytest.mark.parametrize("orientation", TURNED)
@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
def test_pictures_are_turned_upright(format: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[274] = orientation
    content = saved(quadrants(), format, exif=exif)
    upright = (48, 64) if orientation > 4 else (64, 48)
    header = read_header(content, LIMITS)
    assert (header.width_px, header.height_px) == upright
    assert (header.stored_width_px, header.stored_height_px) == (64, 48)
    image = decode_upright(content, LIMITS).image
    assert (image.width, image.height) == upright
    assert looks_like(image, TURNED[orientation], 30)


def test_a_picture_is_shrunk_to_the_size_asked_for_and_never_enlarged() -> None:
    content = saved(quadrants(400, 300), "JPEG")
    small = decode_upright(content, LIMITS, 100).image
    assert (small.width, small.height) == (100, 75)
    same = decode_upright(content, LIMITS, 1000).image
    assert (same.width, same.height) == (400, 300)


@pytest.mark.parametrize("format", ["PNG", "BMP", "AVIF"])
def test_a_picture_beyond_the_pixel_limit_is_rejected_by_its_header(
    format: str,
) -> None:
    content = saved(quadrants(200, 200), format)
    with pytest.raises(RejectedImage, match="pixels"):
        read_header(content, Limits(max_pixels=39_999))
    assert read_header(content, Limits(max_pixels=40_000)).width_px == 200


def test_a_targa_of_absurd_size_is_rejected_and_not_a_fault_of_ours() -> None:
    """It has no signature: Pillow looks at its size while the format is still being found."""
    header = struct.pack("<BBBHHBHHHHBB", 0, 0, 2, 0, 0, 0, 0, 0, 60_000, 60_000, 24, 0)
    for _ in range(2):  # the limit of the first time is in force the second time
        with pytest.raises(RejectedImage, match="pixels"):
            read_header(header + bytes(100), Limits(max_pixels=20_000_000))


def test_a_small_file_that_declares_huge_sides_is_never_decoded() -> None:
    with pytest.raises(RejectedImage, match="3,600,000,000 pixels"):
        decode_upright(png_of_size(60_000, 60_000), LIMITS)


def png_of_size(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    pixels = zlib.compress(b"\0" * 100)
    ends = chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + ends


@pytest.mark.parametrize("format", ["GIF", "WEBP", "AVIF", "PNG", "TIFF"])
def test_every_frame_counts_against_the_pixel_limit(format: str) -> None:
    frames = [Image.new("RGB", (50, 50), color) for color in (RED, GREEN, BLUE)]
    content = saved(frames[0], format, save_all=True, append_images=frames[1:])
    assert read_header(content, Limits(max_pixels=7500)).frame_count == 3
    with pytest.raises(RejectedImage, match="3 frames"):
        read_header(content, Limits(max_pixels=7499))


@pytest.mark.parametrize(
    "format", ["JPEG", "PNG", "WEBP", "TIFF", "BMP", "JPEG2000", "AVIF", "PPM"]
)
def test_half_a_picture_is_rejected(format: str) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (120, 160, 3), dtype=np.uint8)
    content = saved(Image.fromarray(noise), format)
    with pytest.raises(RejectedImage, match="damaged"):
        decode_upright(content[: len(content) // 2], LIMITS)


def test_damage_that_leaves_the_picture_usable_is_noted(notes: list[str]) -> None:
    content = saved(quadrants(), "JPEG")
    junk_before_tables = content[:20] + b"junk!" + content[20:]
    decoded = decode_upright(junk_before_tables, LIMITS)
    assert looks_like(decoded.image, [RED, GREEN, BLUE, YELLOW], 30)
    assert any("extraneous bytes" in text for text in notes)


def test_an_intact_picture_is_decoded_without_notes(notes: list[str]) -> None:
    for format_name in ("JPEG", "PNG", "WEBP", "TIFF", "GIF", "BMP", "AVIF"):
        decode_upright(saved(quadrants(), format_name), LIMITS)
    assert notes == []


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"Dear diary,\nno picture today.\n" * 20, "plain text"),
        (b"\x00" * 500, "nothing but zero bytes"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "PostScript"),
        (b"\x00\x00\x00\x20ftypisom\x00\x00\x02\x00isomiso2avc1mp41" + b"\x00" * 99, "MP4"),
        (b"push graphic-context\nimage over 0,0 0,0 'https://example.com'", "plain text"),
        (bytes(range(128, 256)) * 9, "unknown format"),
    ],
    ids=["text", "zeros", "EPS", "video", "MVG", "noise"],
)
def test_what_is_no_picture_is_unsupported_and_named(content: bytes, words: str) -> None:
    with pytest.raises(UnsupportedImage, match=words):
        read_header(content, LIMITS)


def test_an_empty_file_is_rejected() -> None:
    with pytest.raises(RejectedImage, match="empty"):
        read_header(b"", LIMITS)


def test_tables_and_raw_memory_are_no_pictures_to_libvips(tmp_path: Path) -> None:
    """Its loaders for CSV, matrices and its own format would take any bytes."""
    assert pyvips.type_find("VipsOperation", "csvload") != 0
    pyvips.Image.black(4, 4).write_to_file(str(tmp_path / "own.v"))
    vips_own = (tmp_path / "own.v").read_bytes()
    for content in (b"2 2\n1 2\n3 4\n", b"1,2,3\n4,5,6\n", vips_own):
        with pytest.raises(pyvips.Error):
            pyvips.Image.new_from_buffer(content, "")
        with pytest.raises(UnsupportedImage):
            read_header(content, LIMITS)


def test_svg_sees_no_files(tmp_path: Path) -> None:
    secret = tmp_path / "secret.png"
    Image.new("RGB", (20, 20), RED).save(secret)
    drawing = (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'width="20" height="20"><image xlink:href="file://{secret}" width="20" height="20"/>'
        f'<image href="{secret}" width="20" height="20"/></svg>'
    )
    assert decode_upright(drawing.encode(), LIMITS).image.max() == 0


def test_a_profile_is_applied() -> None:
    """Display P3's numbers for sRGB red are (234, 51, 35): read as sRGB it would look dull."""
    pixels = np.full((32, 32, 3), (255, 0, 0), dtype=np.uint8)
    red = pyvips.Image.new_from_array(pixels)
    tagged = red.copy(interpretation="srgb").icc_transform("p3", input_profile="srgb")
    content = tagged.pngsave_buffer()
    assert read_header(content, LIMITS).icc_profile not in (None, "")
    assert tagged(0, 0)[0] < 240
    found = decode_upright(content, LIMITS).image(0, 0)
    assert np.abs(np.array(found) - (255, 0, 0)).max() <= 4


def test_a_broken_profile_does_not_harm_the_picture() -> None:
    content = saved(quadrants(), "JPEG", icc_profile=b"no profile at all" * 20)
    assert looks_like(decode_upright(content, LIMITS).image, [RED, GREEN, BLUE, YELLOW], 30)


def test_cmyk_is_shown_in_its_colors() -> None:
    inks = Image.new("CMYK", (32, 32), (0, 255, 255, 0))
    red, green, blue = decode_upright(saved(inks, "JPEG"), LIMITS).image(9, 9)
    assert red > 180
    assert max(green, blue) < 90


@pytest.mark.parametrize("format", ["PNG", "TIFF", "JPEG2000", "PPM"])
def test_sixteen_bits_keep_their_brightness(format: str) -> None:
    half = Image.fromarray(np.full((32, 32), 0x8080, dtype=np.uint16))
    assert decode_upright(saved(half, format), LIMITS).image(9, 9) == pytest.approx(
        [128] * 3, abs=1
    )


def test_measurements_without_a_white_are_stretched_and_noted(notes: list[str]) -> None:
    heights = np.linspace(-20, 3000, 32 * 32, dtype=np.float32).reshape(32, 32)
    heights[0, 0] = np.nan
    image = decode_upright(saved(Image.fromarray(heights), "TIFF"), LIMITS).image
    assert (image(1, 0)[0], image(31, 31)[0]) == (0, 255)
    assert any("no defined white" in text for text in notes)


@pytest.mark.parametrize(
    ("ink", "is_on_black"), [((255, 255, 255), True), ((0, 0, 0), False)], ids=["white", "black"]
)
@pytest.mark.parametrize("format", ["PNG", "WEBP"])
def test_lettering_on_transparency_stays_readable(
    format: str,
    ink: tuple[int, int, int],
    is_on_black: bool,
) -> None:
    picture = Image.new("RGBA", (60, 40), (0, 0, 0, 0))
    picture.paste((*ink, 255), (20, 10, 40, 30))
    decoded = decode_upright(saved(picture, format, lossless=True), LIMITS)
    flat = flattened(decoded.image)
    assert flat.bands == 3
    assert flat(2, 2) == [0 if is_on_black else 255] * 3
    assert flat(30, 20) == list(ink)


def test_a_raw_photos_preview_is_not_passed_off_as_the_photo(notes: list[str]) -> None:
    dng_version = 50706
    content = saved(quadrants(), "TIFF", tiffinfo={dng_version: b"\x01\x04\x00\x00"})
    decode_upright(content, LIMITS)
    assert any("camera raw" in text for text in notes)


SIGNATURES = [
    b"\xff\xd8\xff\xe0",
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR",
    b"GIF89a",
    b"RIFF\x40\x00\x00\x00WEBPVP8 ",
    b"II*\x00\x08\x00\x00\x00",
    b"BM",
    b"\x00\x00\x00\x20ftypavif",
    b"\x00\x00\x00\x20ftypheic",
    b"\xff\x0a",
    b"\x00\x00\x00\x0cJXL \x0d\x0a\x87\x0a",
    b"%PDF-1.7",
    b"8BPS",
    b"",
]


@given(st.sampled_from(SIGNATURES), st.binary(max_size=200))
def test_any_bytes_have_a_header_or_a_problem(signature: bytes, tail: bytes) -> None:
    found = header_or_problem(signature + tail)
    assert str(found)
    if isinstance(found, ImageHeader):
        assert min(found.width_px, found.height_px) >= 1


def header_or_problem(content: bytes) -> ImageHeader | ImageProblem:
    try:
        return read_header(content, LIMITS)
    except ImageProblem as problem:
        return problem


@pytest.mark.parametrize("place", range(1, 10))
@pytest.mark.parametrize(
    "format", ["JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP", "AVIF", "JPEG2000"]
)
def test_damage_anywhere_is_a_picture_or_a_problem(format: str, place: int) -> None:
    content = saved(quadrants(), format)
    start = len(content) * place // 10
    inverted = bytes(255 - byte for byte in content[start : start + 40])
    found = bands_or_problem(content[:start] + inverted + content[start + 40 :])
    assert found in (3, 4) or isinstance(found, ImageProblem)


def bands_or_problem(content: bytes) -> int | ImageProblem:
    try:
        return int(decode_upright(content, LIMITS).image.bands)
    except ImageProblem as problem:
        return problem

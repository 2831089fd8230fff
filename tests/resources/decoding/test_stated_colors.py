"""The same six patches, stated in every way that a file can: they must look the same."""

import io
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageCms

from resources.configuration.settings import Limits
from resources.decoding.color_statements import (
    cicp_of_profile,
    colors_of_cicp,
    colors_of_exif,
    colors_of_gamma,
    is_srgb_profile,
)
from resources.decoding.decoding_context import collected_notes
from resources.decoding.pixels import decode_upright, read_header
from tests.support import stated_colors as stated
from tests.support.stated_colors import SRGB, patches, png_with, profile_of, saved

LIMITS = Limits()
CASES = Path(__file__).parent / "cases"

ADOBE = patches(stated.linear_in("adobe") ** (256 / 563))
P3 = patches(stated.srgb_curve(stated.linear_in("p3")))
LINEAR = patches(stated.linear_srgb())
LINEAR_DEEP = patches(stated.linear_srgb(), 16)
PLAIN = patches(SRGB / 255)


def shown(content: bytes, at_most_px: int | None = None) -> NDArray[np.int64]:
    """The colors in the middle of the patches."""
    pixels = decode_upright(content, LIMITS, at_most_px).image.numpy()
    height, width = pixels.shape[:2]
    middles = (np.arange(len(SRGB)) + 0.5) * width / len(SRGB)
    return np.asarray(pixels[height // 2, middles.astype(int), :3], np.int64)


def looks_right(content: bytes, tolerance: int = 3) -> bool:
    return bool(np.abs(shown(content) - SRGB).max() <= tolerance)


STATEMENTS = {
    "nothing": saved(PLAIN, "PNG"),
    "PNG: sRGB chunk": png_with(PLAIN, (b"sRGB", b"\0")),
    "PNG: gamma 1": png_with(LINEAR_DEEP, stated.gama(1.0)),
    "PNG: gamma 1, 8 bits": png_with(LINEAR, stated.gama(1.0)),
    "PNG: gamma of sRGB alone": png_with(PLAIN, stated.gama(0.45455)),
    "PNG: gamma and primaries of sRGB": png_with(PLAIN, stated.gama(0.45455), stated.SRGB_CHRM),
    "PNG: chromaticities of P3": png_with(P3, stated.gama(0.45455), stated.P3_CHRM),
    "PNG: sRGB chunk before gamma": png_with(PLAIN, (b"sRGB", b"\0"), stated.gama(1.0)),
    "PNG: ICC before sRGB chunk": png_with(
        ADOBE, stated.iccp(profile_of("adobe", 563 / 256)), stated.gama(1.0)
    ),
    "PNG: cICP before ICC": png_with(
        P3, (b"cICP", b"\x0c\x0d\0\x01"), stated.iccp(profile_of("adobe", 563 / 256))
    ),
    "PNG: cICP linear": png_with(LINEAR_DEEP, (b"cICP", b"\x01\x08\0\x01")),
    "JPEG: ICC": saved(ADOBE, "JPEG", icc_profile=profile_of("adobe", 563 / 256)),
    "JPEG: DCF R03": saved(ADOBE, "JPEG", exif=stated.exif_of(65535, "R03")),
    "JPEG: DCF R03 without ColorSpace": saved(ADOBE, "JPEG", exif=stated.exif_of(None, "R03")),
    "JPEG: EXIF ColorSpace 2": saved(ADOBE, "JPEG", exif=stated.exif_of(2, None)),
    "JPEG: EXIF sRGB": saved(PLAIN, "JPEG", exif=stated.exif_of(1, "R98")),
    "JPEG: ICC before EXIF": saved(
        P3, "JPEG", icc_profile=profile_of("p3", 2.2), exif=stated.exif_of(65535, "R03")
    ),
    "TIFF: DCF R03": stated.tiff_with_dcf(ADOBE),
    "TIFF: chromaticities of P3": saved(
        P3, "TIFF", tiffinfo={319: (0.680, 0.320, 0.265, 0.690, 0.150, 0.060), 318: (0.3127, 0.329)}
    ),
    "TIFF: ICC": saved(ADOBE, "TIFF", icc_profile=profile_of("adobe", 563 / 256)),
    "BMP: ICC": stated.bmp_with(ADOBE, profile_of("adobe", 563 / 256)),
    "WebP: ICC": saved(ADOBE, "WEBP", icc_profile=profile_of("adobe", 563 / 256)),
    "AVIF: ICC": saved(ADOBE, "AVIF", icc_profile=profile_of("adobe", 563 / 256)),
    "AVIF: P3": imagecodecs.avif_encode(P3, level=100, primaries=12, transfer=13),
    "AVIF: linear": imagecodecs.avif_encode(LINEAR, level=100, primaries=1, transfer=8),
    "JPEG XL: linear": stated.jxl_with_colors(np.concatenate([LINEAR] * 3), "srgb", "linear"),
    "JPEG XL: sRGB": imagecodecs.jpegxl_encode(PLAIN, lossless=True),
}  # fmt: skip

GAMMA_22 = {"JPEG: ICC before EXIF"}
"""Written with sRGB's curve and read with 2.2: dark gray differs by as much."""


@pytest.mark.parametrize("name", STATEMENTS)
def test_the_colors_look_the_same_however_they_are_stated(name: str) -> None:
    assert looks_right(STATEMENTS[name], 12 if name in GAMMA_22 else 6), shown(STATEMENTS[name])


@pytest.mark.parametrize("name", STATEMENTS)
def test_a_small_picture_has_the_same_colors(name: str) -> None:
    """Shrinking takes other ways through the decoders."""
    at_half_size = shown(STATEMENTS[name], 48)
    assert np.abs(at_half_size - SRGB).max() <= (12 if name in GAMMA_22 else 6)


def test_jpeg_2000_with_a_profile_is_converted() -> None:
    plain = saved(ADOBE, "JPEG2000", irreversible=False)
    profile = profile_of("adobe", 563 / 256)
    data = b"\2\0\0" + profile
    box = (8 + len(data)).to_bytes(4, "big") + b"colr" + data
    start = plain.index(b"colr") - 4
    end = start + int.from_bytes(plain[start : start + 4], "big")
    outer = plain.index(b"jp2h") - 4
    size = int.from_bytes(plain[outer : outer + 4], "big") + len(box) - (end - start)
    content = plain[:outer] + size.to_bytes(4, "big") + plain[outer + 4 : start] + box + plain[end:]
    assert looks_right(content)


def test_a_linear_profile_is_not_srgb_whatever_its_name() -> None:
    profile = profile_of("srgb", 1.0, name="sRGB-v2-g10!")
    assert ImageCms.getProfileDescription(io.BytesIO(profile)).startswith("sRGB")
    assert not is_srgb_profile(profile)
    assert looks_right(saved(LINEAR, "TIFF", icc_profile=profile), 5)


def test_an_srgb_profile_is_srgb_whatever_its_name() -> None:
    built_in = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert is_srgb_profile(built_in)
    header = read_header(saved(PLAIN, "PNG", icc_profile=built_in), LIMITS)
    assert (header.colors.source, header.is_srgb) == ("icc", True)


def test_transparency_stays_when_colors_are_converted() -> None:
    alpha = np.full((*LINEAR.shape[:2], 1), 77, np.uint8)
    deep = np.concatenate([LINEAR_DEEP, alpha.astype(np.uint16) * 257], axis=-1)
    for pixels in (np.concatenate([LINEAR, alpha], axis=-1), deep):
        content = png_with(pixels, stated.gama(1.0))
        assert looks_right(content)
        assert decode_upright(content, LIMITS).image(5, 5)[3] == 77


def test_gray_with_a_gamma_is_as_bright_as_stated() -> None:
    half_light = np.full((8, 8), 32768, np.uint16)
    image = decode_upright(png_with(half_light, stated.gama(1.0)), LIMITS).image
    assert image(4, 4) == pytest.approx([188] * 3, abs=1)


def test_lab_is_shown_under_the_white_of_print() -> None:
    """TIFF's Lab is under D50, libvips' own under D65: whites would be yellow."""
    lab = ImageCms.profileToProfile(
        Image.fromarray(PLAIN),
        ImageCms.createProfile("sRGB"),
        ImageCms.createProfile("LAB"),
        outputMode="LAB",
    )
    assert lab is not None
    assert looks_right(saved_image(lab), 4)


def saved_image(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "TIFF")
    return buffer.getvalue()


def test_brightness_and_color_differences_are_no_colors() -> None:
    content = saved_image(Image.fromarray(PLAIN).convert("YCbCr"))
    assert looks_right(content)


def test_half_floats_are_numbers() -> None:
    with collected_notes() as notes:
        image = decode_upright((CASES / "image-tiff__random-fp16.tiff").read_bytes(), LIMITS).image
    assert image.max() == 255
    assert any("no defined white" in note for note in notes)


def test_adobe_rgb_told_only_by_dcf_is_adobe_rgb() -> None:
    assert looks_right((CASES / "adobe_dcf_only.jpg").read_bytes())


def test_jpeg_xl_with_a_profile_is_shown_as_its_reference() -> None:
    """Its profile is one of dot gain; what libjxl gives of it is linear light."""
    content = (CASES / "conformance__grayscale.jxl").read_bytes()
    found = decode_upright(content, LIMITS).image.numpy()[..., 0].astype(int)
    with Image.open(CASES / "conformance__grayscale.png") as reference:
        assert np.abs(found - np.asarray(reference).astype(int)).mean() <= 1


@pytest.mark.parametrize("codes", [(2, 2), (1, 2), (99, 13), (1, 200), (0, 0)], ids=str)
def test_code_points_that_leave_it_open_state_nothing(codes: tuple[int, int]) -> None:
    assert colors_of_cicp(*codes) is None


def test_impossible_chromaticities_are_not_believed() -> None:
    nothing = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    assert colors_of_gamma(0.5, nothing, (0.0, 0.0)).is_srgb


def test_exif_that_says_nothing_states_nothing() -> None:
    assert colors_of_exif(65535, "R98") is None
    assert colors_of_exif(None, "") is None


@pytest.mark.parametrize("profile", [b"", b"x" * 200, b"\xff" * 4000], ids=["empty", "x", "ff"])
def test_what_is_no_profile_has_no_code_points(profile: bytes) -> None:
    assert cicp_of_profile(profile) == (2, 2)

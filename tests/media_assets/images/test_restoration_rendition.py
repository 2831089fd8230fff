import numpy as np
import pytest
import pyvips
from numpy.typing import NDArray
from PIL import Image

from media_assets.images.restoration_rendition import (
    RestorationRendition,
    make_restoration_rendition,
)
from media_assets.images.source_record import make_source_record
from resources.outcomes import RejectedImage
from resources.sources.originals import Source
from tests.media_assets.conftest import MakeSource, encoded
from tests.support.metadata_files import scene

DISPLAY_P3 = pyvips.Operation.call("profile_load", "p3")


def made(source: Source) -> tuple[RestorationRendition, pyvips.Image]:
    """The rendition of a source, and its file as libvips reads it."""
    rendition = make_restoration_rendition(source, make_source_record(source))
    found = pyvips.Image.new_from_file(str(source.home / rendition.file.path))
    assert found.format == "ushort"
    assert found.get("icc-profile-data") == DISPLAY_P3
    return rendition, found


SRGB_TO_P3 = np.array(
    [[0.8224621, 0.1775380, 0], [0.0331941, 0.9668058, 0], [0.0170827, 0.0723974, 0.9105199]]
)
"""Of linear light (CSS Color 4, sample code, lin_sRGB to XYZ to lin_P3)."""


def in_p3(srgb: NDArray[np.uint8]) -> NDArray[np.float64]:
    """The colors in Display P3, 0 to 65535, by the formulas of IEC 61966-2-1."""
    signal = srgb / 255
    light = np.where(signal <= 0.04045, signal / 12.92, ((signal + 0.055) / 1.055) ** 2.4)
    wide = (light @ SRGB_TO_P3.T).clip(0, 1)
    return np.where(wide <= 0.0031308, wide * 12.92, 1.055 * wide ** (1 / 2.4) - 0.055) * 65535


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA"])
def test_its_colors_are_those_of_the_original_within_six_thousandths(
    make_source: MakeSource, mode: str
) -> None:
    picture = scene(301, 200).convert(mode)
    if "A" in mode:
        picture.putalpha(Image.linear_gradient("L").resize(picture.size))
    rendition, found = made(make_source(picture, "PNG"))
    wanted = in_p3(np.asarray(picture.convert("RGB")))
    difference = np.abs(found.numpy()[..., :3] - wanted)
    assert difference.max() <= 400
    assert difference.mean() <= 40
    if "A" in mode:
        assert np.array_equal(found.numpy()[..., 3], np.asarray(picture)[..., -1].astype(int) * 257)
    assert rendition.is_from_8_bits
    assert rendition.has_alpha == ("A" in mode)


def test_sixteen_bits_of_gray_stay_sixteen_bits(make_source: MakeSource) -> None:
    levels = np.linspace(0, 65535, 4000, dtype=np.uint16).reshape(40, 100)
    rendition, found = made(make_source(Image.fromarray(levels), "PNG"))
    assert not rendition.is_from_8_bits
    assert np.abs(found.numpy()[..., 1].astype(int) - levels).max() <= 4
    assert len(np.unique(found.numpy()[..., 1])) > 3900


def test_colors_beyond_srgb_stay(make_source: MakeSource) -> None:
    """The purest green of Display P3 lies outside of sRGB."""
    source = make_source(Image.new("RGB", (8, 8), (0, 255, 0)), "PNG", icc_profile=DISPLAY_P3)
    _, found = made(source)
    red, green, blue = found.numpy()[0, 0]
    assert green > 65_000
    assert max(red, blue) < 700


def test_linear_light_gets_the_curve_of_its_space(make_source: MakeSource) -> None:
    """Linear 0.2140 is sRGB 0.5 (IEC 61966-2-1)."""
    light = np.full((20, 20, 3), 0.2140, dtype=np.float32)
    linear = pyvips.Image.new_from_array(light).copy(interpretation="scrgb")
    rendition, found = made(make_source(linear.tiffsave_buffer()))
    assert np.abs(found.numpy().astype(int) - 32768).max() <= 200
    assert not rendition.is_from_8_bits


def test_cmyk_and_orientation(make_source: MakeSource) -> None:
    source = make_source(Image.new("CMYK", (40, 30), (0, 255, 255, 0)), "TIFF")
    _, found = made(source)
    red, green, blue = found.numpy()[0, 0] / 257
    assert found.bands == 3
    assert red > 180
    assert max(green, blue) < 90
    exif = Image.Exif()
    exif[274] = 6
    rendition, _ = made(make_source(scene(60, 30), "JPEG", exif=exif))
    assert (rendition.file.width_px, rendition.file.height_px) == (30, 60)


def test_a_picture_that_ends_too_early_is_rejected(make_source: MakeSource) -> None:
    content = encoded(scene(300, 200), "JPEG")
    with pytest.raises(RejectedImage, match="ends too early"):
        made(make_source(content[: len(content) // 2]))

import numpy as np
import pytest
import pyvips
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


def in_srgb(wide: pyvips.Image, depth: int) -> pyvips.Image:
    """The working copy's colors in sRGB: what its original says."""
    return wide.icc_transform("srgb", embedded=True, depth=depth)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA"])
def test_its_colors_are_those_of_the_original_within_two_levels_of_256(
    make_source: MakeSource, mode: str
) -> None:
    picture = scene(301, 200).convert(mode)
    rendition, found = made(make_source(picture, "PNG"))
    wanted = np.asarray(picture.convert("RGBA" if "A" in mode else "RGB")).astype(int)
    assert np.abs(in_srgb(found, 8).numpy().astype(int) - wanted).max() <= 2
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

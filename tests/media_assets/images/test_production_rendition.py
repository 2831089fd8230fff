import io

import numpy as np
import pytest
import pyvips
from PIL import Image, ImageCms

from media_assets.images.production_rendition import ProductionRendition, make_production_rendition
from media_assets.images.source_record import make_source_record
from resources.decoding.full_renditions import Format
from resources.outcomes import RejectedImage, UnsupportedImage
from resources.sources.originals import Source
from tests.media_assets.conftest import MakeSource, encoded
from tests.support.metadata_files import scene

SRGB_SUM = pyvips.Operation.call("profile_load", "srgb")


def made(source: Source, form: Format = "tiff") -> tuple[ProductionRendition, pyvips.Image]:
    """The rendition of a source, and its file as libvips reads it."""
    rendition = make_production_rendition(source, make_source_record(source), format=form)
    return rendition, pyvips.Image.new_from_file(str(source.home / rendition.file.path))


@pytest.mark.parametrize("form", ["tiff", "webp"])
@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "P"])
def test_every_pixel_is_that_of_the_original(
    make_source: MakeSource, mode: str, form: Format
) -> None:
    picture = scene(301, 200).convert(mode)
    if mode in ("RGBA", "LA"):
        picture.putalpha(Image.linear_gradient("L").resize(picture.size))
    rendition, found = made(make_source(picture, "PNG"), form)
    has_alpha = mode in ("RGBA", "LA")
    wanted = np.asarray(picture.convert("RGBA" if has_alpha else "RGB"))
    assert np.array_equal(found.numpy(), wanted)
    assert (found.format, rendition.has_alpha) == ("uchar", has_alpha)
    assert found.get("icc-profile-data") == SRGB_SUM
    assert rendition.file.media_type == f"image/{form}"


def test_larger_than_any_viewing_copy_it_keeps_its_size_and_stands_upright(
    make_source: MakeSource,
) -> None:
    exif = Image.Exif()
    exif[274] = 6  # the top is at the right
    rendition, found = made(make_source(scene(2600, 300), "JPEG", exif=exif))
    assert (rendition.file.width_px, rendition.file.height_px) == (300, 2600)
    assert (found.width, found.height) == (300, 2600)
    assert not {"exif-data", "xmp-data"} & set(found.get_fields())


def test_sixteen_bits_become_eight_within_one_level(make_source: MakeSource) -> None:
    levels = np.linspace(0, 65535, 256 * 4, dtype=np.uint16).reshape(4, 256)
    _, found = made(make_source(Image.fromarray(levels), "PNG"))
    difference = found.numpy()[..., 1].astype(int) - np.round(levels / 257).astype(int)
    assert found.format == "uchar"
    assert np.abs(difference).max() <= 1


def test_cmyk_becomes_srgb(make_source: MakeSource) -> None:
    _, found = made(make_source(Image.new("CMYK", (40, 30), (0, 255, 255, 0)), "TIFF"))
    red, green, blue = found.numpy()[0, 0]
    assert found.bands == 3
    assert red > 180
    assert max(green, blue) < 90


def test_a_profile_is_followed_as_another_color_engine_follows_it(make_source: MakeSource) -> None:
    """Display P3's red, green and blue by LittleCMS through Pillow."""
    wide = ImageCms.ImageCmsProfile(io.BytesIO(pyvips.Operation.call("profile_load", "p3")))
    picture = scene(200, 150)
    wanted = ImageCms.profileToProfile(picture, wide, ImageCms.createProfile("sRGB"))
    _, found = made(make_source(picture, "PNG", icc_profile=wide.tobytes()))
    assert wanted is not None
    difference = np.abs(found.numpy().astype(int) - np.asarray(wanted).astype(int))
    assert np.percentile(difference, 99) <= 2


def test_a_picture_that_ends_too_early_is_rejected(make_source: MakeSource) -> None:
    content = encoded(scene(300, 200), "JPEG")
    source = make_source(content[: len(content) // 2])
    with pytest.raises(RejectedImage, match="ends too early"):
        made(source)


def test_what_webp_cannot_hold_is_unsupported_and_says_what_to_set(
    make_source: MakeSource,
) -> None:
    source = make_source(Image.new("L", (16_384, 1)), "PNG")
    with pytest.raises(UnsupportedImage, match=r'production\.format = "tiff"'):
        made(source, "webp")
    assert made(source)[0].file.width_px == 16_384

import pytest
from PIL import Image

from media_assets.images.source_record import make_source_record
from media_assets.images.viewing_copy import make_viewing_copy
from resources.outcomes import RejectedImage
from tests.media_assets.conftest import MakeSource, encoded
from tests.support.metadata_files import opened, scene, viewing_copy_of


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((4100, 1000), (2048, 500)),
        ((1000, 4100), (500, 2048)),
        ((300, 200), (300, 200)),
        ((5000, 1), (2048, 1)),
        ((1, 1), (1, 1)),
    ],
    ids=str,
)
def test_the_longest_side_is_at_most_2048_px_and_nothing_is_enlarged(
    make_source: MakeSource, size: tuple[int, int], expected: tuple[int, int]
) -> None:
    source = make_source(Image.new("RGB", size, (200, 10, 10)))
    copy = viewing_copy_of(source)
    assert (copy.file.width_px, copy.file.height_px) == expected
    assert opened(source, copy.file).size == expected


def test_it_is_a_plain_srgb_jpeg_without_metadata(make_source: MakeSource) -> None:
    exif = Image.Exif()
    exif[274] = 3
    exif[270] = "private words"
    source = make_source(scene(300, 200), "JPEG", exif=exif)
    copy = viewing_copy_of(source)
    picture = opened(source, copy.file)
    assert (picture.format, picture.mode, copy.file.media_type) == ("JPEG", "RGB", "image/jpeg")
    assert dict(picture.getexif()) == {}
    assert not {"icc_profile", "xmp", "exif"} & set(picture.info)
    assert copy.file.size_bytes < 60_000


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16"])
def test_every_kind_of_pixels_ends_as_rgb(make_source: MakeSource, mode: str) -> None:
    picture = Image.new("I;16", (30, 20), 40_000) if mode == "I;16" else scene(30, 20).convert(mode)
    source = make_source(picture, "TIFF" if mode == "CMYK" else "PNG")
    copy = viewing_copy_of(source)
    assert opened(source, copy.file).mode == "RGB"
    assert copy.was_flattened == (mode in ("LA", "RGBA"))


def test_the_same_bytes_make_the_same_file(make_source: MakeSource) -> None:
    source = make_source(scene(300, 200))
    assert viewing_copy_of(source) == viewing_copy_of(source)


def test_a_picture_that_ends_too_early_is_rejected(make_source: MakeSource) -> None:
    content = encoded(scene(300, 200), "JPEG")
    source = make_source(content[: len(content) // 2])
    record = make_source_record(source)
    assert record.width_px == 300
    with pytest.raises(RejectedImage, match="premature end"):
        make_viewing_copy(source, record)


def test_what_is_there_of_an_incomplete_picture_goes_with_the_refusal(
    make_source: MakeSource,
) -> None:
    content = encoded(scene(300, 200), "JPEG")
    source = make_source(content[: len(content) * 2 // 3])
    with pytest.raises(RejectedImage, match="of the picture is there") as refused:
        make_viewing_copy(source, make_source_record(source))
    preview = refused.value.partial_preview
    assert preview is not None
    assert opened(source, preview).size == (300, 200)


def test_a_complete_picture_without_its_end_marker_is_shown(make_source: MakeSource) -> None:
    content = encoded(scene(300, 200), "JPEG")
    assert content.endswith(b"\xff\xd9")
    whole, cut = make_source(content), make_source(content[:-2])
    assert viewing_copy_of(cut).file == viewing_copy_of(whole).file


@pytest.mark.parametrize(("side", "sampling"), [(100, 1), (511, 1), (512, 2)])
def test_small_pictures_keep_the_color_of_every_pixel(
    make_source: MakeSource, side: int, sampling: int
) -> None:
    """At half the resolution, as is usual, lines of one pixel lose their color."""
    source = make_source(scene(side, 50))
    picture = opened(source, viewing_copy_of(source).file)
    assert [(horizontal, vertical) for _, horizontal, vertical, _ in picture.layer] == [
        (sampling, sampling),
        (1, 1),
        (1, 1),
    ]

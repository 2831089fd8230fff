import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageChops, ImageOps, ImageStat

from media_assets.images.embedded_metadata import columns
from resources.configuration.settings import Limits
from resources.decoding.image_formats import sniff
from resources.decoding.pixels import decode_upright, read_header
from resources.metadata.embedded_metadata_reader import read_embedded_metadata
from resources.outcomes import RejectedImage, UnsupportedImage
from resources.stores.content_store import StoredFile
from samples.graphics import arrow, tiles
from samples.landscapes import Pixels, dunes, mountain_lake, night_sky
from samples.pictures import (
    FRAMES,
    LAKE,
    SHOPPING_LIST,
    degrees_minutes_seconds,
    make_sample_pictures,
)

FORMATS = {
    "IMG_0042 (copy).jpg": "jpeg",
    **{f"arrow_orientation_{orientation}.jpg": "jpeg" for orientation in range(1, 9)},
    "concert_poster.webp": "webp",
    "dahlia.png": "png",
    "dunes.avif": "avif",
    "field_notes.png": "png",
    "mountain_lake.jpg": "jpeg",
    "mountain_lake_broken_download.jpg": "jpeg",
    "mountain_lake_for_web.jpg": "jpeg",
    "night_sky_16bit.png": "png",
    "planet.gif": "gif",
    "shopping_list.jpg": None,
    "tiles_for_print.tif": "tiff",
}


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("samples") / "landing"
    paths = make_sample_pictures(folder)
    assert paths == sorted(folder.iterdir())
    return folder


def test_each_file_is_what_its_bytes_say(samples: Path) -> None:
    found = {path.name: sniff(path.read_bytes()) for path in samples.iterdir()}
    assert found == FORMATS


def test_together_they_stay_small(samples: Path) -> None:
    assert sum(path.stat().st_size for path in samples.iterdir()) < 5_000_000


@pytest.mark.parametrize(
    ("name", "colour_space", "bit_depth", "frame_count", "has_alpha"),
    [
        ("tiles_for_print.tif", "cmyk", 8, 1, False),
        ("night_sky_16bit.png", "rgb", 16, 1, False),
        ("planet.gif", "rgb", 6, FRAMES, True),
        ("dahlia.png", "rgb", 8, 1, True),
        ("dunes.avif", "rgb", 8, 1, False),
    ],
)
def test_kinds_of_pictures_are_there(
    samples: Path,
    name: str,
    colour_space: str,
    bit_depth: int,
    frame_count: int,
    has_alpha: bool,
) -> None:
    header = read_header((samples / name).read_bytes(), Limits())
    assert (header.colour_space, header.bit_depth) == (colour_space, bit_depth)
    assert (header.frame_count, header.has_alpha) == (frame_count, has_alpha)


@pytest.mark.parametrize(
    "name", [name for name, found in FORMATS.items() if found and "broken" not in name]
)
def test_every_whole_picture_decodes_and_is_not_one_color(samples: Path, name: str) -> None:
    decoded = decode_upright((samples / name).read_bytes(), Limits()).image
    assert max(decoded.width, decoded.height) <= 2000
    assert decoded.deviate() > 10


def test_the_broken_download_and_the_shopping_list_do_not_decode(samples: Path) -> None:
    with pytest.raises(RejectedImage):
        decode_upright((samples / "mountain_lake_broken_download.jpg").read_bytes(), Limits())
    with pytest.raises(UnsupportedImage, match="plain text"):
        decode_upright((samples / "shopping_list.jpg").read_bytes(), Limits())
    assert (samples / "shopping_list.jpg").read_text() == SHOPPING_LIST


def test_the_copy_has_the_same_bytes_and_the_web_version_the_same_look(samples: Path) -> None:
    lake = (samples / LAKE).read_bytes()
    assert (samples / "IMG_0042 (copy).jpg").read_bytes() == lake
    large, small = Image.open(io.BytesIO(lake)), Image.open(samples / "mountain_lake_for_web.jpg")
    tiny = [
        np.asarray(picture.convert("L").resize((32, 32)), dtype=float) for picture in (large, small)
    ]
    assert small.width == large.width // 2
    assert np.abs(tiny[0] - tiny[1]).mean() < 2


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_turns_into_the_same_upright_arrow(
    samples: Path, orientation: int
) -> None:
    content = (samples / f"arrow_orientation_{orientation}.jpg").read_bytes()
    stored = Image.open(io.BytesIO(content))
    assert stored.getexif()[0x0112] == orientation
    upright, drawn = ImageOps.exif_transpose(stored), arrow(f"EXIF orientation {orientation}")
    difference = ImageChops.difference(upright, drawn)
    assert max(ImageStat.Stat(difference).mean) < 3


def test_the_photograph_tells_camera_time_and_place(samples: Path) -> None:
    reading = read_embedded_metadata((samples / LAKE).read_bytes(), "jpeg", "pillow")
    assert reading.notes == ()
    told = columns(reading.tags, StoredFile("a", "b", 1, "c"), is_tiff=False)
    assert (told.camera_make, told.camera_model) == ("Demo", "Paintbox 1")
    assert told.taken_at is not None
    assert (told.taken_at.isoformat(), told.taken_at_offset_minutes) == ("2024-05-14T20:21:36", 120)
    assert (told.latitude, told.longitude) == (pytest.approx(46.3683), pytest.approx(14.1146))
    assert (told.title, told.city) == ("Last light over the lake", "Bled")
    assert told.keywords == ["lake", "mountains", "sunset"]


@pytest.mark.parametrize("draw", [mountain_lake, night_sky, dunes])
def test_landscapes_are_the_same_each_time(draw: Callable[[int, int], Pixels]) -> None:
    assert np.array_equal(draw(90, 60), draw(90, 60))


def test_tiles_are_the_same_each_time() -> None:
    assert tiles(side=20).tobytes() == tiles(side=20).tobytes()


def test_degrees_become_degrees_minutes_and_seconds() -> None:
    assert degrees_minutes_seconds(-3.9684) == (3.0, 58.0, 6.24)
    assert degrees_minutes_seconds(46.999999) == (47.0, 0.0, 0.0)

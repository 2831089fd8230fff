import numpy as np
import pytest

from media_assets.images.model_input import make_model_input
from tests.media_assets.conftest import MakeSource
from tests.support.metadata_files import opened, scene, viewing_copy_of


@pytest.mark.parametrize(
    ("size", "expected"), [((3000, 1500), (1024, 512)), ((640, 480), (640, 480))], ids=str
)
def test_the_longest_side_is_at_most_1024_px(
    make_source: MakeSource, size: tuple[int, int], expected: tuple[int, int]
) -> None:
    source = make_source(scene(*size))
    made = make_model_input(source, viewing_copy_of(source))
    assert (made.file.width_px, made.file.height_px) == expected
    assert opened(source, made.file).size == expected


def test_it_shows_what_the_original_shows(make_source: MakeSource) -> None:
    picture = scene(1600, 1200)
    source = make_source(picture)
    shown = opened(source, make_model_input(source, viewing_copy_of(source)).file)
    expected = np.asarray(picture.resize(shown.size), dtype=float)
    assert np.abs(np.asarray(shown, dtype=float) - expected).mean() < 3


def test_a_lost_viewing_copy_is_an_error_of_the_disk(make_source: MakeSource) -> None:
    source = make_source(scene(60, 40))
    copy = viewing_copy_of(source)
    (source.home / copy.file.path).unlink()
    with pytest.raises(FileNotFoundError):
        make_model_input(source, copy)

import numpy as np

from tests.media_assets.conftest import MakeSource
from tests.support.metadata_files import opened, scene, thumbnails_of


def test_there_are_three_sizes_of_the_same_picture(make_source: MakeSource) -> None:
    picture = scene(1600, 800)
    source = make_source(picture)
    made = thumbnails_of(source)
    for file, size in (
        (made.small, (128, 64)),
        (made.medium, (256, 128)),
        (made.large, (512, 256)),
    ):
        shown = opened(source, file)
        assert shown.size == size == (file.width_px, file.height_px)
        expected = np.asarray(picture.resize(size), dtype=float)
        assert np.abs(np.asarray(shown, dtype=float) - expected).mean() < 5


def test_a_small_picture_is_kept_at_its_own_size(make_source: MakeSource) -> None:
    made = thumbnails_of(make_source(scene(200, 100)))
    sizes = [(file.width_px, file.height_px) for file in (made.small, made.medium, made.large)]
    assert sizes == [(128, 64), (200, 100), (200, 100)]
    assert made.medium == made.large


def test_they_are_small_files(make_source: MakeSource) -> None:
    made = thumbnails_of(make_source(scene(1600, 800)))
    assert made.small.size_bytes < made.medium.size_bytes < made.large.size_bytes < 60_000

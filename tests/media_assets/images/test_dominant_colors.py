import re

import pytest
from PIL import Image

from media_assets.images.dominant_colors import DominantColors, make_dominant_colors
from tests.media_assets.conftest import MakeSource
from tests.support.metadata_files import scene, thumbnails_of


def colors(make_source: MakeSource, picture: Image.Image) -> DominantColors:
    source = make_source(picture)
    return make_dominant_colors(source, thumbnails_of(source))


def channels(color: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(color.removeprefix("#")))


def test_a_flat_picture_has_one_color(make_source: MakeSource) -> None:
    found = colors(make_source, Image.new("RGB", (300, 200), (200, 40, 60)))
    assert found.shares == [1.0]
    assert channels(found.colors[0]) == pytest.approx((200, 40, 60), abs=3)


def test_colors_come_with_their_share_of_the_area_largest_first(make_source: MakeSource) -> None:
    flag = Image.new("RGB", (400, 200), (255, 255, 255))
    flag.paste((0, 80, 180), (0, 0, 120, 200))
    flag.paste((220, 20, 30), (360, 0, 400, 200))
    found = colors(make_source, flag)
    assert [channels(color) for color in found.colors[:3]] == [
        pytest.approx(color, abs=25) for color in ((255, 255, 255), (0, 80, 180), (220, 20, 30))
    ]
    assert found.shares[:3] == pytest.approx([0.6, 0.3, 0.1], abs=0.04)


def test_a_busy_picture_has_at_most_five_whose_shares_sum_to_one(make_source: MakeSource) -> None:
    found = colors(make_source, scene(600, 400))
    assert 2 <= len(found.colors) == len(found.shares) <= 5
    assert all(re.fullmatch("#[0-9a-f]{6}", color) for color in found.colors)
    assert found.shares == sorted(found.shares, reverse=True)
    assert sum(found.shares) == pytest.approx(1, abs=0.001)


def test_a_single_pixel_has_a_color(make_source: MakeSource) -> None:
    assert colors(make_source, Image.new("RGB", (1, 1), (0, 0, 0))).colors == ["#000000"]

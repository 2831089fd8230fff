import pytest

from resources.language.color_names import color_name
from tests.models.shapes import COLORS


@pytest.mark.parametrize(("name", "rgb"), COLORS.items(), ids=COLORS)
def test_drawn_colors_have_their_names(name: str, rgb: tuple[int, int, int]) -> None:
    assert color_name("#" + bytes(rgb).hex()) == name


@pytest.mark.parametrize(
    ("color", "name"),
    [("#87ceeb", "blue"), ("#5a3a22", "brown"), ("#2b4a2b", "green"), ("#fafafa", "white")],
)
def test_shades_have_the_names_people_give_them(color: str, name: str) -> None:
    assert color_name(color) == name

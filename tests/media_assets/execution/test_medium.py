"""A medium owns what depends on the kind of source; names are unique within one, not across."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import dagster as dg
import pytest

from media_assets.execution.medium import DuplicateDerivative, Medium
from media_assets.execution.recipe import Recipe
from media_assets.media import all_media, image_recipes, medium_in, medium_of
from resources.sources.originals import Source

DERIVATIVE = '''"""A derivative of a test, described in so many words."""
from dataclasses import dataclass
from resources.sources.originals import Source

@dataclass(frozen=True)
class Length:
    """How long it is."""
    size_bytes: int

def make_length(source: Source) -> Length:
    return Length(len(source.content()))
'''


def never(head: bytes) -> bool:
    return head == b"never"


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Callable[..., object]]:
    """The pure function of a derivative in a folder of its own, which is called ``length.py``."""

    def loaded(folder: str) -> Callable[..., object]:
        path = tmp_path / folder / "length.py"
        path.parent.mkdir()
        path.write_text(DERIVATIVE)
        module = ModuleType(f"{folder}.length")
        monkeypatch.setitem(__import__("sys").modules, module.__name__, module)
        exec(compile(DERIVATIVE, path, "exec"), module.__dict__)  # noqa: S102 - code of this test
        function: Callable[..., object] = module.make_length
        return function

    return loaded


def add(medium: Medium, make: Callable[..., object]) -> Recipe:
    return medium.asset(make, group_name="tests", kinds={"python"}, code_version="1")


def test_two_derivatives_of_one_name_are_refused_with_both_files(
    load: Callable[[str], Callable[..., object]], tmp_path: Path
) -> None:
    """The second would otherwise replace the first without a word."""
    films = Medium("film", "source_films", "process_films", never)
    add(films, load("one"))

    with pytest.raises(DuplicateDerivative) as refused:
        add(films, load("other"))

    assert str(tmp_path / "one" / "length.py") in str(refused.value)
    assert str(tmp_path / "other" / "length.py") in str(refused.value)


def test_two_media_may_have_a_derivative_of_the_same_name(
    load: Callable[[str], Callable[..., object]],
) -> None:
    films = Medium("film", "source_films", "process_films", never)
    sounds = Medium("sound", "source_sounds", "process_sounds", never)

    add(films, load("one"))
    add(sounds, load("other"))

    assert films.specs["length"].key == dg.AssetKey(["film", "length"])
    assert sounds.specs["length"].key == dg.AssetKey(["sound", "length"])
    assert films.recipes["length"].table == "film/length"
    assert sounds.recipes["length"].id_column == "sound_id"


def test_the_medium_is_no_part_of_the_fingerprint(
    load: Callable[[str], Callable[..., object]],
) -> None:
    """Those of images would all change otherwise, and everything would be made again."""
    media = [Medium(name, name, name, never) for name in ("film", "sound")]
    prints = set()
    for medium in media:
        add(medium, load(medium.name))
        prints.add(medium.recipes["length"].today().fingerprint("0" * 64, {}))

    assert len(prints) == 1


def test_the_order_does_not_depend_on_what_was_imported_first() -> None:
    """Processes that count the derivatives differently would declare their recipes in turns."""
    recipes = image_recipes()
    for names in (sorted(recipes), sorted(recipes, reverse=True)):
        medium = Medium(
            "image", "images", "process", never, {name: recipes[name] for name in names}
        )
        medium.put_in_order()

        assert list(medium.recipes) == list(recipes)


def test_a_folder_has_exactly_one_medium() -> None:
    module = ModuleType("empty")
    module.__file__ = "empty.py"
    with pytest.raises(TypeError, match=r"empty\.py must define exactly one Medium"):
        medium_in(module)


def test_what_no_medium_claims_is_an_image() -> None:
    assert next(iter(all_media())) == "image"
    assert medium_of(b"whatever") is None
    assert medium_of(b"") is None


@dataclass(frozen=True)
class Crop:
    """One part."""

    part: int
    label: str


@dataclass(frozen=True)
class Crops:
    """All parts."""

    crops: list[Crop]


def make_test_medium(source: Source) -> Crops:
    del source
    return Crops([])


def test_a_list_of_numbered_values_is_a_derivative_with_parts() -> None:
    films = Medium("film", "source_films", "process_films", never)
    add(films, make_test_medium)

    assert films.recipes["test_medium"].has_parts
    assert not all_media()["image"].recipes["caption"].has_parts

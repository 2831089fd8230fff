"""What is read off a pure function's signature, and what makes a row stale."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pytest

from media_assets.execution.recipe import Engine, Recipe, Terms, TodaysRecipe, canonical_json


@dataclass(frozen=True)
class Sheet:
    """A payload."""

    text: str


@dataclass(frozen=True)
class Light:
    """Another."""

    lux: float


def make_one(image: str, sheet: Sheet, light: Light | None, *, model: object) -> Sheet:
    del image, light, model
    return sheet


def make_many(
    images: Sequence[str], sheet: Sequence[Sheet | None], light: Sequence[Light], *, model: object
) -> Sequence[Sheet | ValueError]:
    del images, sheet, light, model
    return []


def recipe_of(make: Callable[..., object], terms: Terms | None = None) -> Recipe:
    make.__name__ = "make_test_recipe"
    return Recipe(make, "1", lambda: terms or Terms(Engine("brush", "1"), {"width_px": 3}))


@pytest.mark.parametrize(
    ("make", "is_batched", "optional"),
    [(make_one, False, {"light"}), (make_many, True, {"sheet"})],
    ids=["one_image", "several_images"],
)
def test_inputs_and_payload_are_read_off_the_signature(
    make: Callable[..., object], is_batched: bool, optional: set[str]
) -> None:
    recipe = recipe_of(make)
    assert recipe.is_batched is is_batched
    assert recipe.inputs == ("sheet", "light")
    assert recipe.optional_inputs == optional
    assert recipe.input_types == {"sheet": Sheet, "light": Light}
    assert recipe.payload_type is Sheet


def test_the_function_is_named_after_its_file() -> None:
    def make_something_else(image: str) -> Sheet:
        return Sheet(image)

    with pytest.raises(ValueError, match="must be named make_test_recipe"):
        Recipe(make_something_else, "1", lambda: Terms(Engine("brush", "1"), {}))


def today(engine: str = "brush", version: str = "1", **parameters: object) -> TodaysRecipe:
    return recipe_of(make_one, Terms(Engine(engine, version), parameters)).today()


@pytest.mark.parametrize(
    "changed",
    [today("pencil", width_px=3), today(width_px=4), today(width_px=3, hint="bold")],
    ids=["engine", "parameter", "further_parameter"],
)
def test_what_changes_the_output_changes_the_fingerprint(changed: TodaysRecipe) -> None:
    inputs = {"sheet": "f" * 64}
    assert changed.fingerprint("0" * 64, inputs) != today(width_px=3).fingerprint("0" * 64, inputs)


def test_a_newer_version_of_the_engine_makes_nothing_stale() -> None:
    assert today(version="1").fingerprint("0" * 64, {}) == today(version="2").fingerprint(
        "0" * 64, {}
    )


def test_an_engine_is_chosen_anew_each_day() -> None:
    """A changed prompt or weights file takes effect at the next run, without a restart."""
    chosen = iter([Terms(Engine("brush", "1"), {}), Terms(Engine("pencil", "1"), {})])
    make_one.__name__ = "make_test_recipe"
    recipe = Recipe(make_one, "1", lambda: next(chosen))
    assert [recipe.today().engine.name, recipe.today().engine.name] == ["brush", "pencil"]


def test_an_older_row_that_also_named_the_servers_address_says_the_same() -> None:
    """Else an upgrade would ask the server about every picture again."""
    today = recipe_of(make_one, Terms(Engine("endpoint", "1"), {"model": "m1"})).today()
    older = {"model": "m1", "url": "http://192.0.2.7/v1"}

    assert today.parameters_made_with(canonical_json(older)) == older
    assert today.parameters_made_with(canonical_json({**older, "model": "m2"})) is None
    assert today.parameters_made_with(canonical_json({"model": "m1"})) is None
    assert today.fingerprint("0", {}, older) != today.fingerprint("0", {})

"""The derivatives that every picture has: those that no purpose asks for."""

from collections.abc import Mapping

from media_assets.execution.recipe import Recipe
from media_assets.media import all_media


def image_recipes() -> Mapping[str, Recipe]:
    """The derivatives of pictures that are for viewing only, by name, upstream first."""
    recipes = all_media()["image"].recipes
    return {name: recipe for name, recipe in recipes.items() if not recipe.purposes}

"""Every medium there is: a folder of ``media_assets`` with a ``medium.py`` is one.

Nothing else names the media, so that a new one is a value and a folder.
"""

import importlib
import importlib.util
import pkgutil
from collections.abc import Iterator, Mapping
from functools import cache
from types import ModuleType

import media_assets
from media_assets.execution.medium import Medium
from media_assets.execution.recipe import Recipe
from media_assets.images.medium import images


@cache
def all_media() -> Mapping[str, Medium]:
    """Every medium by name, images first, each with all its derivatives."""
    media = {images.name: images}
    for folder in medium_folders():
        medium = medium_in(importlib.import_module(f"{folder}.medium"))
        if media.setdefault(medium.name, medium) is not medium:
            raise TypeError(f"two folders of media_assets define the medium {medium.name}")
        import_derivatives(importlib.import_module(folder))
        medium.put_in_order()
    return media


def medium_folders() -> Iterator[str]:
    """The packages of ``media_assets`` that have a ``medium.py``, without that of the class."""
    where_the_class_is = Medium.__module__.rpartition(".")[0]
    for folder in pkgutil.iter_modules(media_assets.__path__, "media_assets."):
        is_medium = folder.ispkg and importlib.util.find_spec(f"{folder.name}.medium")
        if is_medium and folder.name != where_the_class_is:
            yield folder.name


def medium_in(module: ModuleType) -> Medium:
    """The one medium that a ``medium.py`` defines. Raises TypeError when it is not one."""
    found = [value for value in vars(module).values() if isinstance(value, Medium)]
    if len(found) != 1:
        raise TypeError(f"{module.__file__} must define exactly one Medium, not {len(found)}")
    return found[0]


def import_derivatives(folder: ModuleType) -> None:
    """Import every file of a medium's folder, so that its recipes are complete."""
    for module in pkgutil.iter_modules(folder.__path__, f"{folder.__name__}."):
        importlib.import_module(module.name)


def image_recipes() -> Mapping[str, Recipe]:
    """The derivatives of images by name, upstream before downstream."""
    return all_media()[images.name].recipes


def medium_of(head: bytes) -> str | None:
    """The medium of a file that begins with ``head``, by content; None stands for image."""
    for medium in all_media().values():
        if medium.begins(head):
            return medium.name
    return None


def medium_of_job(job: str) -> Medium | None:
    """The medium whose derivatives a job makes; None for other jobs."""
    return next((one for one in all_media().values() if one.job == job), None)

"""The watched folders, checked: none may hold what this system writes, or overlap another."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from resources.configuration.media_home import MediaHome
from resources.configuration.settings import LandingRoot, Settings


class LandingRootRefused(ValueError):
    """A configured landing root would take our own files, or on those of another root."""


@dataclass(frozen=True)
class WatchedRoot:
    """One landing root; ``path`` is absolute, raw bytes. ``is_move``: files are taken away."""

    name: str
    path: bytes
    is_move: bool
    exclude: tuple[str, ...] = ()
    include: tuple[str, ...] = ()

    def absolute(self, path: bytes) -> bytes:
        """The absolute form of a path below the root; an absolute path stays what it is."""
        return path if path.startswith(b"/") else b"%b/%b" % (self.path, path)


def watched_roots(settings: Settings) -> tuple[WatchedRoot, ...]:
    """The roots of the settings. Raises LandingRootRefused when one must not be watched."""
    refuse_overlaps(settings)
    return tuple(
        WatchedRoot(
            name=root.name,
            path=os.fsencode(located(root)),
            is_move=root.mode == "move",
            exclude=root.exclude,
            include=root.include,
        )
        for root in settings.roots
    )


def located(root: LandingRoot) -> Path:
    """The absolute path of a root; a symbolic link in it is kept, as its owner named it so."""
    return root.path.expanduser().absolute()


def first_taking_root(settings: Settings) -> LandingRoot | None:
    """Where files are put that people hand over: the first root in move mode, None without one."""
    return next((root for root in settings.roots if root.mode == "move"), None)


def is_own(path: Path, home: MediaHome) -> bool:
    """Whether a resolved path is in MEDIA_HOME, of which all but ``landing`` is our own.

    Only we write there: it is never watched, nothing of it is taken in, no export goes there.
    """
    if path.is_relative_to(home.landing.resolve()):
        return False
    return path.is_relative_to(home.root.resolve())


def refuse_overlaps(settings: Settings) -> None:
    """Raise LandingRootRefused if a root overlaps our own files or another root."""
    real = [(root.name, located(root).resolve()) for root in settings.roots]
    for refusal in _refusals(real, settings.media_home):
        raise LandingRootRefused(refusal)


def _refusals(real: list[tuple[str, Path]], home: MediaHome) -> Iterator[str]:
    for (name, path), (other_name, other) in combinations(real, 2):
        if name == other_name:
            yield f"Two landing roots are called {name!r}: rename one in the settings."
        if overlap(path, other):
            yield (
                f"Landing roots {name!r} ({path}) and {other_name!r} ({other}) overlap: "
                "every file must belong to one root only."
            )
    for name, path in real:
        if is_own(path, home) or home.root.resolve().is_relative_to(path):
            yield (
                f"Landing root {name!r} ({path}) overlaps {home.root}, where this system keeps "
                "its own files: choose a folder outside of it, or one below its landing folder."
            )


def overlap(one: Path, other: Path) -> bool:
    """Whether one of two resolved paths is, or is inside, the other."""
    return one.is_relative_to(other) or other.is_relative_to(one)

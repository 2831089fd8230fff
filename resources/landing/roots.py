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

    def absolute(self, path: bytes) -> bytes:
        """The absolute form of a path below the root; an absolute path stays what it is."""
        return path if path.startswith(b"/") else b"%b/%b" % (self.path, path)


def watched_roots(settings: Settings) -> tuple[WatchedRoot, ...]:
    """The roots of the settings. Raises LandingRootRefused when one must not be watched."""
    refuse_overlaps(settings)
    return tuple(
        WatchedRoot(root.name, os.fsencode(located(root)), root.mode == "move")
        for root in settings.roots
    )


def located(root: LandingRoot) -> Path:
    """The absolute path of a root; a symbolic link in it is kept, as its owner named it so."""
    return root.path.expanduser().absolute()


def own_folders(home: MediaHome) -> tuple[Path, ...]:
    """Folders that only we write to: never watched, and no list may name a file in them."""
    return (home.originals, home.derivatives, home.rows, home.dagster, home.locks)


class OwnFiles:
    """Recognizes our own files, for any spelling of a path to them."""

    def __init__(self, home: MediaHome) -> None:
        self._folders = [folder.resolve() for folder in own_folders(home)]
        self._known: dict[Path, bool] = {}

    def include(self, path: bytes) -> bool:
        """Whether ``path`` is in one of our own folders, links in its folders followed."""
        folder = Path(os.fsdecode(path)).parent
        if folder not in self._known:
            real = folder.resolve()
            self._known[folder] = any(real.is_relative_to(own) for own in self._folders)
        return self._known[folder]


def refuse_overlaps(settings: Settings) -> None:
    """Raise LandingRootRefused if a root overlaps our own folders or another root."""
    real = [(root.name, located(root).resolve()) for root in settings.roots]
    for refusal in _refusals(real, own_folders(settings.media_home)):
        raise LandingRootRefused(refusal)


def _refusals(real: list[tuple[str, Path]], own: tuple[Path, ...]) -> Iterator[str]:
    for (name, path), (other_name, other) in combinations(real, 2):
        if name == other_name:
            yield f"Two landing roots are called {name!r}: rename one in the settings."
        if overlap(path, other):
            yield (
                f"Landing roots {name!r} ({path}) and {other_name!r} ({other}) overlap: "
                "every file must belong to one root only."
            )
    for name, path in real:
        for folder in own:
            if overlap(path, folder.resolve()):
                yield (
                    f"Landing root {name!r} ({path}) overlaps {folder}, where this system keeps "
                    "its own files: choose another folder."
                )


def overlap(one: Path, other: Path) -> bool:
    """Whether one of two resolved paths is, or is inside, the other."""
    return one.is_relative_to(other) or other.is_relative_to(one)

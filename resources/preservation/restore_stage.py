"""The private folder beside a new home, in which a restore puts it together.

It is named after what is restored. Others who may write beside the home cannot enter it; a folder
of this name that is not ours is refused. In it lie a lock and the folder that becomes the home.
"""

import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from resources.configuration.media_home import MediaHome
from resources.stores.content_store import sync_folder

PLACE_ADVICE = "choose a folder that does not exist yet, in one that you may write to"


class RestoreRefused(ValueError):
    """There is no backup, or the place for it is not empty or not ours."""


@dataclass(frozen=True)
class Stage:
    """A restore under way: ``home`` is the folder that becomes ``target``."""

    home: Path
    target: Path

    def finish(self) -> None:
        """Give the home its name. Raises RestoreRefused when the place is taken meanwhile."""
        try:
            self.home.rename(self.target)
        except OSError as error:
            raise RestoreRefused(
                f"{self.target} cannot be put in place ({error.strerror}): {PLACE_ADVICE}"
            ) from error
        sync_folder(self.target.parent)


@contextmanager
def restore_stage(home: MediaHome, fingerprint: str) -> Iterator[Stage]:
    """The folder for one restore; kept when it does not end well, to go on from.

    Raises RestoreRefused when there is something at the home's place, when the folder is not ours,
    or another restore works in it; OSError.
    """
    refuse_occupied(home)
    home.root.parent.mkdir(parents=True, exist_ok=True)
    folder = home.root.parent / f".{home.root.name}.restore-{fingerprint[:16]}"
    make_private(folder)
    try:
        with FileLock(folder / "lock", timeout=0):
            stage = Stage(folder / "home", home.root)
            stage.home.mkdir(exist_ok=True)
            remove_partials(stage.home)
            yield stage
    except Timeout as error:
        raise RestoreRefused(f"another restore into {home.root} is under way") from error
    shutil.rmtree(folder)


def make_private(folder: Path) -> None:
    """Make a folder that nobody else may enter. Raises RestoreRefused when there is another."""
    folder.mkdir(mode=0o700, exist_ok=True)
    status = folder.lstat()
    is_private = status.st_uid == os.geteuid() and stat.S_IMODE(status.st_mode) & 0o077 == 0
    if not stat.S_ISDIR(status.st_mode) or not is_private:
        raise RestoreRefused(f"{folder} is not a private folder of yours: remove it")


def remove_partials(folder: Path) -> None:
    """Delete what a killed restore was about to write."""
    for partial in folder.rglob(".*.partial"):
        partial.unlink()


def refuse_occupied(home: MediaHome) -> None:
    """Raise RestoreRefused unless there is nothing at the home's place, or an empty folder."""
    root = home.root
    if root.is_symlink() or (root.exists() and not root.is_dir()):
        raise RestoreRefused(f"{root} is no folder: {PLACE_ADVICE}")
    if root.exists() and any(root.iterdir()):
        raise RestoreRefused(f"{root} is not empty: restore into an empty or new --home")
    if root.is_mount():
        raise RestoreRefused(f"{root} is a disk of its own: restore into a new folder on it")
    parent = next(place for place in root.parents if place.exists())
    if not os.access(parent, os.W_OK | os.X_OK):
        raise RestoreRefused(f"you may not write to {parent}: {PLACE_ADVICE}")

"""A backup of a MEDIA_HOME: a bag that is brought up to date, also while the service works.

In it are the truth (originals, derivatives, rows), settings, users, Dagster's own storage; not the
caches, which are made again. What is stored under its hash or commit id never changes, so a
backup copies what it lacks and skips the rest. What does change (declarations, settings, Dagster's
databases) is in ``data/state-<time>``, one folder per backup, of which the manifest names one: a
backup that was killed leaves the one before it untouched, and the next goes on where it stopped.

No link is followed, in the home or in the backup: a link, pipe or device where a file should be is
a problem of the result, and the rest is backed up.

A backup never loses what it once held: files that are no longer in the home stay in it, except
commits of rows that were folded into others.

The order makes it consistent: Dagster's storage, then the list of row files (results before what
they are made from), then the files that rows name. A row thus never lacks its file.
"""

import time
from collections.abc import Sequence
from pathlib import Path

from filelock import FileLock, Timeout

from resources.configuration.media_home import MediaHome
from resources.preservation.backup_writer import HOME_ID, Backup, BackupWriter
from resources.preservation.bag import Bag
from resources.rows.row_files import Manifest
from resources.rows.row_store import RowStore
from resources.stores.open_folder import OpenFolder


class BackupRefused(ValueError):
    """The folder cannot hold a backup of this home."""


def back_up(
    home: MediaHome,
    target: Path,
    *,
    first_table: str,
    downstream_first: Sequence[str],
    check: bool = False,
) -> Backup:
    """Bring the backup in ``target`` up to date, or begin one in an empty folder.

    ``first_table`` is the row table that every home has its first rows in: its first commit
    identifies a home. ``downstream_first`` orders row tables so that none comes after one that it
    is made from; others follow. A file whose bytes have decayed is a problem of the result and the
    rest is backed up. With ``check`` the bytes of all that the backup holds already are read and
    proven. Raises BackupRefused, DamagedBag when the backup's own manifest cannot be read, OSError.
    """
    started = time.monotonic()
    own_id = home_id(RowStore(home.rows), first_table)
    refuse_unsuitable(home, own_id, target)
    target.mkdir(parents=True, exist_ok=True)
    home.locks.mkdir(exist_ok=True)
    try:
        with (
            FileLock(target / ".backup.lock", timeout=0),
            FileLock(home.locks / "backup.lock", timeout=0),
            OpenFolder.at(home.root) as source,
            OpenFolder.at(target) as folder,
        ):
            writer = BackupWriter(
                home, own_id, Bag(target), downstream_first, source, folder, check=check
            )
            writer.write()
    except Timeout as error:
        raise BackupRefused(
            f"another backup of {home.root} or into {target} is under way"
        ) from error
    writer.done.seconds = time.monotonic() - started
    return writer.done


def refuse_unsuitable(home: MediaHome, own_id: str, target: Path) -> None:
    """Raise BackupRefused when the folder is ours, another's, or in use for something else."""
    for folder in (home.originals, home.derivatives, home.rows, home.dagster):
        if folder.is_symlink():
            raise BackupRefused(f"{folder} is a link, and none is followed: mount the disk there")
    ours, theirs = home.root.resolve(), target.resolve()
    if theirs.is_relative_to(ours) or ours.is_relative_to(theirs):
        raise BackupRefused(f"{target} overlaps {home.root}: a backup must be outside of it")
    if target.exists() and not target.is_dir():
        raise BackupRefused(f"{target} is not a folder")
    bag = Bag(target)
    if bag.exists:
        other = bag.info().get(HOME_ID)
        if other != own_id:
            raise BackupRefused(f"{target} holds the backup of another home (or of no home)")
    elif target.exists() and not is_begun(target):
        raise BackupRefused(f"{target} is not empty, and no backup: choose an empty folder")


def is_begun(target: Path) -> bool:
    """Whether the folder holds nothing but a backup that was never finished."""
    names = {path.name for path in target.iterdir() if path.name != "lost+found"}
    return not names or ".backup.lock" in names


def home_id(store: RowStore, first_table: str) -> str:
    """The id of the first commit that this home ever had; "" in an empty home."""
    if first_table not in store.tables():
        return ""
    files = store.files(first_table)
    folded = (seq for path in files for seq in Manifest.read(path).folded)
    commits = (path.stem for path in files if path.parent.name == "inbox")
    return min([*folded, *commits], default="")

"""A backup of a MEDIA_HOME: a bag that is brought up to date, also while the service works.

In it are the truth (originals, derivatives, rows), settings, users, Dagster's own storage; not the
caches, which are made again. What is stored under its hash or commit id never changes, so a
backup copies what it lacks and skips the rest. What does change (declarations, settings, Dagster's
databases) is in ``data/state-<time>``, one folder per backup, of which the manifest names one: a
backup that was killed leaves the one before it untouched, and the next goes on where it stopped.

A backup never loses what it once held: files that are no longer in the home stay in it, except
commits of rows that were folded into others.

The order makes it consistent: Dagster's storage, then the list of row files (results before what
they are made from), then the files that rows name. A row thus never lacks its file.
"""

import json
import os
import re
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
from filelock import FileLock, Timeout

from resources.configuration.media_home import MediaHome
from resources.preservation.bag import PAYLOAD, Bag, DamagedBag, copy_hashed
from resources.preservation.sqlite_copy import copy_database
from resources.rows.compaction import COMPACTION_LOCK, rows_in
from resources.rows.row_files import Manifest
from resources.rows.row_paths import DECLARED
from resources.rows.row_store import RowStore
from resources.sources.source_rows import ORIGINAL
from resources.stores.content_store import sha256_of_file

STATE = "Media-State"
HOME_ID = "Media-Home-Id"
ROW_COUNTS = "Media-Row-Counts"
STORED_UNDER_HASH = re.compile(r"[0-9a-f]{64}")
CHOSEN_BY_PEOPLE = ("settings.toml", "users.json")
"""Files of the home itself that cannot be made again; passwords are in it as hashes only."""


class BackupRefused(ValueError):
    """The folder cannot hold a backup of this home."""


@dataclass
class Backup:
    """What one backup did. ``retained`` files are in the backup and no longer in the home."""

    root: Path
    files: int = 0
    bytes: int = 0
    copied_files: int = 0
    copied_bytes: int = 0
    retained: int = 0
    images: int = 0
    referenced: int = 0
    row_counts: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    seconds: float = 0.0


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
    try:
        with FileLock(target / ".backup.lock", timeout=0):
            writer = BackupWriter(home, own_id, Bag(target), downstream_first, check=check)
            writer.write()
    except Timeout as error:
        raise BackupRefused(f"another backup into {target} is under way") from error
    writer.done.seconds = time.monotonic() - started
    return writer.done


def refuse_unsuitable(home: MediaHome, own_id: str, target: Path) -> None:
    """Raise BackupRefused when the folder is ours, another's, or in use for something else."""
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


class BackupWriter:
    """One backup in the making."""

    def __init__(
        self,
        home: MediaHome,
        own_id: str,
        bag: Bag,
        downstream_first: Sequence[str],
        *,
        check: bool,
    ) -> None:
        self.home = home
        self.own_id = own_id
        self.store = RowStore(home.rows)
        self.bag = bag
        self.order = downstream_first
        self.check = check
        self.known = bag.manifest() if bag.exists else {}
        self.manifest: dict[str, str] = {}
        self.state = f"state-{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}"
        self.folded: set[str] = set()
        self.done = Backup(bag.root)

    def write(self) -> None:
        """Copy, then let the bag say what it holds, then remove what it does not."""
        self._copy_state()
        self._copy_rows()
        for folder in (self.home.originals, self.home.derivatives):
            for path in stored_files(folder):
                self._keep(path, path.relative_to(self.home.root).as_posix())
        self._retain()
        os.sync()
        self.bag.finish(self.manifest, self._info())
        self._remove_outdated()

    def _copy_state(self) -> None:
        for name in CHOSEN_BY_PEOPLE:
            if (self.home.root / name).exists():
                self._put(self.home.root / name, f"{self.state}/{name}")
        for path in sorted(self.home.dagster.rglob("*.db")):
            relative = path.relative_to(self.home.root).as_posix()
            copy = self.bag.root / PAYLOAD / self.state / relative
            if copy_database(path, copy):
                self._note(f"{self.state}/{relative}", sha256_of_file(copy), copy)

    def _copy_rows(self) -> None:
        """Copy the row files that there are now; compaction waits, so that none is deleted."""
        with ExitStack() as locks:
            for table in self.store.tables():
                locks.enter_context(FileLock(self.store.root / table / COMPACTION_LOCK))
            listed = {table: self.store.files(table) for table in self._tables()}
            for table, files in listed.items():
                self.done.row_counts[table] = rows_in(files)
                for path in files:
                    manifest = Manifest.read(path)
                    self.folded |= {*manifest.folded, *manifest.replaces}
                    self._keep(path, path.relative_to(self.home.root).as_posix())
                declared = self.store.inbox(table) / DECLARED
                relative = declared.relative_to(self.home.root).as_posix()
                self._put(declared, f"{self.state}/{relative}")
        if ORIGINAL.name in listed:
            modes = self.store.scan(ORIGINAL.name).select("image_id", "mode").unique().collect()
            self.done.images = modes["image_id"].n_unique()
            kept = modes.filter(pl.col("mode") == "move")["image_id"]
            self.done.referenced = self.done.images - kept.n_unique()

    def _tables(self) -> list[str]:
        """Every table, results before what they are made from, what was ingested last."""
        rank = {table: place for place, table in enumerate(self.order)}
        last = len(rank)
        return sorted(
            self.store.tables(), key=lambda t: (rank.get(t, last), t.startswith("ingest/"), t)
        )

    def _keep(self, source: Path, relative: str) -> None:
        """Have the file of this lasting name in the bag; a decayed one is a problem."""
        name = f"{PAYLOAD}/{relative}"
        target = self.bag.root / name
        stem = source.name.partition(".")[0]
        expected = stem if STORED_UNDER_HASH.fullmatch(stem) else None
        try:
            if self._is_held(name, source, target):
                self._note(relative, self.known[name], target)
            elif expected and target.exists() and sha256_of_file(target) == expected:
                self._note(relative, expected, target)
                self._compare(source, target)
            else:
                self._put(source, relative, expected)
        except DamagedBag as error:
            self.done.problems.append(str(error))

    def _compare(self, source: Path, target: Path) -> None:
        if not is_same_size(source, target):
            self.done.problems.append(f"{source} is damaged; the backup has its bytes: {target}")

    def _is_held(self, name: str, source: Path, target: Path) -> bool:
        """Whether the bag has the file already: by its length, and by its bytes when asked to."""
        if name not in self.known or not is_same_size(source, target):
            return False
        return not self.check or sha256_of_file(target) == self.known[name]

    def _put(self, source: Path, relative: str, expected: str | None = None) -> None:
        target = self.bag.root / PAYLOAD / relative
        self._note(relative, copy_hashed(source, target, expected), target)
        self.done.copied_files += 1
        self.done.copied_bytes += target.stat().st_size

    def _note(self, relative: str, sha256: str, target: Path) -> None:
        self.manifest[f"{PAYLOAD}/{relative}"] = sha256
        self.done.files += 1
        self.done.bytes += target.stat().st_size

    def _retain(self) -> None:
        """Go on holding what the home has lost."""
        for name, sha256 in self.known.items():
            if name in self.manifest or self._is_outdated(name):
                continue
            target = self.bag.root / name
            if self.check and target.exists() and sha256_of_file(target) != sha256:
                self.done.problems.append(f"{target} is damaged, and gone from the home")
            if target.exists():
                self._note(name.removeprefix(f"{PAYLOAD}/"), sha256, target)
                self.done.retained += 1
            else:
                self.done.problems.append(f"{target} is gone from the backup, and from the home")

    def _is_outdated(self, name: str) -> bool:
        """Whether a newer file of the backup replaces this one."""
        return name.startswith(f"{PAYLOAD}/state-") or Path(name).stem in self.folded

    def _info(self) -> dict[str, str]:
        return {
            "Bagging-Date": f"{datetime.now(UTC):%Y-%m-%d}",
            "External-Description": "Backup of a media home; restore it with: media restore",
            "Payload-Oxum": f"{self.done.bytes}.{self.done.files}",
            STATE: self.state,
            HOME_ID: self.own_id,
            ROW_COUNTS: json.dumps(self.done.row_counts),
        }

    def _remove_outdated(self) -> None:
        for path in (self.bag.root / PAYLOAD).glob("state-*"):
            if path.name != self.state:
                shutil.rmtree(path)
        for name in self.known.keys() - self.manifest.keys():
            (self.bag.root / name).unlink(missing_ok=True)
        for partial in self.bag.root.rglob(".*.partial"):
            partial.unlink(missing_ok=True)


def stored_files(folder: Path) -> Iterator[Path]:
    """The content-addressed files below ``folder``, without those that are being written."""
    return (path for path in sorted(folder.glob("*/*/*")) if not path.name.startswith("."))


def is_same_size(one: Path, other: Path) -> bool:
    """Whether both are there and equally long."""
    return other.exists() and one.stat().st_size == other.stat().st_size

"""One backup in the making: what is copied, in which order, and what is removed in the end.

``backup`` says what a backup is.
"""

import json
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
from filelock import FileLock

from resources.configuration.media_home import MediaHome
from resources.preservation.bag import (
    OXUM_LABEL,
    STATE_LABEL,
    Bag,
    Copied,
    DamagedBag,
    copy_hashed,
    sha256_in_folder,
)
from resources.preservation.bag_places import (
    CHOSEN_BY_PEOPLE,
    DATABASE,
    PAYLOAD,
    STATE,
    is_lasting,
    sha256_in,
    state_of,
)
from resources.preservation.sqlite_copy import copy_database
from resources.rows.compaction import COMPACTION_LOCK, rows_in
from resources.rows.row_files import Manifest
from resources.rows.row_paths import DECLARED
from resources.rows.row_store import RowStore
from resources.sources.source_rows import ORIGINAL
from resources.stores.content_store import PARTIAL_NAME
from resources.stores.open_folder import NotRegular, OpenFolder

HOME_ID = "Media-Home-Id"
ROW_COUNTS = "Media-Row-Counts"
STORE_DEPTH = 2
"""Folders between ``originals`` and a file of it."""

PAYLOAD_DEPTH = 6


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


class BackupWriter:
    """One backup in the making."""

    def __init__(
        self,
        home: MediaHome,
        own_id: str,
        bag: Bag,
        downstream_first: Sequence[str],
        source: OpenFolder,
        target: OpenFolder,
        *,
        check: bool,
    ) -> None:
        self.home = home
        self.source = source
        self.target = target
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
            for place in stored_places(folder):
                self._keep(place)
        self._retain()
        os.sync()
        self.bag.finish(self.manifest, self._info())
        self._remove_outdated()

    def _copy_state(self) -> None:
        for name in CHOSEN_BY_PEOPLE:
            if (self.home.root / name).is_symlink() or (self.home.root / name).exists():
                self._put_state(name)
        with self._private_copies() as copies:
            for path in sorted(self.home.dagster.rglob("*.db")):
                place = path.relative_to(self.home.root).as_posix()
                if DATABASE.fullmatch(place) and self._is_regular(place):
                    copy = copies.path / path.name
                    if copy_database(path, copy):
                        self._copy(copies, path.name, f"{self.state}/{place}")
                        copy.unlink()

    @contextmanager
    def _private_copies(self) -> Iterator[OpenFolder]:
        """A folder that only we can enter: SQLite opens its files by path and follows links."""
        folder = self.home.locks / "backup_copies"
        if folder.exists():  # of a backup that was killed
            shutil.rmtree(folder)
        folder.mkdir(mode=0o700)
        with OpenFolder.at(folder) as opened:
            yield opened
        shutil.rmtree(folder)

    def _copy_rows(self) -> None:
        """Copy the row files that there are now; compaction waits, so that none is deleted."""
        with ExitStack() as locks:
            for table in self.store.tables():
                locks.enter_context(FileLock(self.store.root / table / COMPACTION_LOCK))
            listed = {table: self._row_files(table) for table in self._tables()}
            for table, files in listed.items():
                self.done.row_counts[table] = rows_in(files)
                for path in files:
                    manifest = Manifest.read(path)
                    self.folded |= {*manifest.folded, *manifest.replaces}
                    self._keep(path.relative_to(self.home.root).as_posix())
                declared = self.store.inbox(table) / DECLARED
                self._put_state(declared.relative_to(self.home.root).as_posix())
        if ORIGINAL.name in listed:
            modes = self.store.scan(ORIGINAL.name).select("image_id", "mode").unique().collect()
            self.done.images = modes["image_id"].n_unique()
            kept = modes.filter(pl.col("mode") == "move")["image_id"]
            self.done.referenced = self.done.images - kept.n_unique()

    def _row_files(self, table: str) -> list[Path]:
        files = self.store.files(table)
        root = self.home.root
        return [path for path in files if self._is_regular(path.relative_to(root).as_posix())]

    def _is_regular(self, place: str) -> bool:
        """Whether a file of the home can be read without following or waiting for anything."""
        try:
            with self.source.reading(place):
                return True
        except NotRegular as error:
            self.done.problems.append(str(error))
        except FileNotFoundError:
            self.done.problems.append(f"{self.home.root / place} is gone")
        return False

    def _tables(self) -> list[str]:
        """Every table, results before what they are made from, what was ingested last."""
        rank = {table: place for place, table in enumerate(self.order)}
        last = len(rank)
        return sorted(
            self.store.tables(), key=lambda t: (rank.get(t, last), t.startswith("ingest/"), t)
        )

    def _put_state(self, place: str) -> None:
        try:
            self._put(self.source, place, f"{self.state}/{place}")
        except NotRegular as error:
            self.done.problems.append(str(error))

    def _keep(self, place: str) -> None:
        """Have the file of this lasting name in the bag; a decayed one is a problem."""
        name = f"{PAYLOAD}/{place}"
        expected = sha256_in(place)
        if not is_lasting(place):
            told = f"{self.home.root / place} is no file of this system: left out"
            self.done.problems.append(told)
            return
        try:
            if self._is_held(name, place):
                self._note(name, self.known[name])
            elif expected and self._holds(name, expected):
                self._note(name, expected)
                self._compare(place, name)
            else:
                self._put(self.source, place, place, expected)
        except (DamagedBag, NotRegular) as error:
            self.done.problems.append(str(error))

    def _compare(self, place: str, name: str) -> None:
        if not self._is_same_size(place, name):
            damaged, held = self.home.root / place, self.bag.root / name
            self.done.problems.append(f"{damaged} is damaged; the backup has its bytes: {held}")

    def _is_held(self, name: str, place: str) -> bool:
        """Whether the bag has the file already: by its length, and by its bytes when asked to."""
        if name not in self.known or not self._is_same_size(place, name):
            return False
        return not self.check or self._holds(name, self.known[name])

    def _is_same_size(self, place: str, name: str) -> bool:
        """Whether both are there and equally long."""
        held = self.target.size_of(name)
        return held is not None and held == self.source.size_of(place)

    def _holds(self, name: str, sha256: str) -> bool:
        """Whether the bag has a file with these bytes under this name."""
        there = self.target.size_of(name) is not None
        return there and sha256_in_folder(self.target, name) == sha256

    def _put(
        self, source: OpenFolder, place: str, inside: str, expected: str | None = None
    ) -> None:
        copied = self._copy(source, place, inside, expected)
        self.done.copied_files += 1
        self.done.copied_bytes += copied.bytes

    def _copy(
        self, source: OpenFolder, place: str, inside: str, expected: str | None = None
    ) -> Copied:
        name = f"{PAYLOAD}/{inside}"
        copied = copy_hashed(source, place, self.target, name, expected=expected)
        self._note(name, copied.sha256)
        return copied

    def _note(self, name: str, sha256: str) -> None:
        self.manifest[name] = sha256
        self.done.files += 1
        self.done.bytes += self.target.size_of(name) or 0

    def _retain(self) -> None:
        """Go on holding what the home has lost."""
        for name, sha256 in self.known.items():
            if name in self.manifest or self._is_outdated(name):
                continue
            target = self.bag.root / name
            if self.target.size_of(name) is None:
                self.done.problems.append(f"{target} is gone from the backup, and from the home")
                continue
            if self.check and not self._holds(name, sha256):
                self.done.problems.append(f"{target} is damaged, and gone from the home")
            self._note(name, sha256)
            self.done.retained += 1

    def _is_outdated(self, name: str) -> bool:
        """Whether a newer file of the backup replaces this one."""
        return bool(state_of(name)) or Path(name).stem in self.folded

    def _info(self) -> dict[str, str]:
        return {
            "Bagging-Date": f"{datetime.now(UTC):%Y-%m-%d}",
            "External-Description": "Backup of a media home; restore it with: media restore",
            OXUM_LABEL: f"{self.done.bytes}.{self.done.files}",
            STATE_LABEL: self.state,
            HOME_ID: self.own_id,
            ROW_COUNTS: json.dumps(self.done.row_counts),
        }

    def _remove_outdated(self) -> None:
        for name in self.known.keys() - self.manifest.keys():
            self.target.remove(name)
        with self.target.holding(f"{PAYLOAD}/{self.state}") as (payload, _):
            for state in os.listdir(payload):  # noqa: PTH208 - a descriptor
                if STATE.fullmatch(state) and state != self.state:
                    shutil.rmtree(state, dir_fd=payload)
        for name in list(self.target.names(PAYLOAD_DEPTH)):
            if PARTIAL_NAME.fullmatch(name.rpartition("/")[2]):
                self.target.remove(name)


def stored_places(folder: Path) -> Iterator[str]:
    """The content-addressed files below ``folder``, without those that are being written."""
    with OpenFolder.at(folder) as opened:
        for name in opened.names(STORE_DEPTH):
            if not name.rpartition("/")[2].startswith("."):
                yield f"{folder.name}/{name}"

"""A MEDIA_HOME from its backup: every file's hash is proven, and the home appears at the end.

Files are put together in a private folder beside the new home, which takes the home's name when
all is there (rename(2)): a restore that was killed has left no home, and nothing that looks like
one. It is simply repeated; what it had copied is kept.

A backup may come from anybody. Only what its manifest names is read, and only in places that a
backup fills (``bag_places``); links, pipes and devices are not opened; no more is written than the
bag declares to hold, and not more than twice that is read.
"""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from pathlib import Path

import polars as pl
from pydantic import NonNegativeInt, TypeAdapter, ValidationError

from resources.configuration.media_home import MediaHome
from resources.preservation.backup_writer import PAYLOAD_DEPTH, ROW_COUNTS
from resources.preservation.bag import (
    STATE_LABEL,
    Bag,
    DamagedBag,
    Oxum,
    copy_hashed,
    declared,
    sha256_in_folder,
)
from resources.preservation.bag_places import (
    CHOSEN_BY_PEOPLE,
    PAYLOAD,
    USERS,
    is_lasting,
    place_of,
)
from resources.preservation.restore_stage import RestoreRefused, Stage, restore_stage
from resources.rows.compaction import rows_in
from resources.rows.row_files import Manifest
from resources.rows.row_store import RowStore
from resources.stores.content_store import READ_ONLY
from resources.stores.open_folder import NotRegular, OpenFolder

ROWS = "rows"
DAGSTER = "dagster"
OWNER_ONLY = 0o600
MOST_SETTINGS_BYTES = 1024 * 1024
COUNTS = TypeAdapter(dict[str, NonNegativeInt])
LISTED_EXTRAS = 1000
"""So many files beside those of the manifest are counted; there can be no end of them."""


@dataclass
class Restore:
    """What one restore did.

    ``problems`` name what could not be brought back, and why; ``notes`` are of no harm.
    """

    root: Path
    files: int = 0
    bytes: int = 0
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class FoundBackup:
    """A backup that was opened: what it says of itself, read once."""

    folder: OpenFolder
    manifest: dict[str, str]
    info: dict[str, str]

    @cached_property
    def size(self) -> Oxum:
        """What it declares to hold."""
        return declared(self.info)

    @cached_property
    def places(self) -> dict[str, str]:
        """Place below the home -> name in the bag."""
        places = {place_of(name): name for name in self.manifest}
        return {place: name for place, name in places.items() if place}

    @cached_property
    def row_counts(self) -> dict[str, int]:
        """Table -> the rows that it had. Raises DamagedBag."""
        try:
            return COUNTS.validate_json(self.info.get(ROW_COUNTS, ""))
        except ValidationError as error:
            raise DamagedBag(
                "the backup's bag-info.txt does not say how many rows it has"
            ) from error

    def chosen_by_people(self) -> dict[str, bytes]:
        """Settings and users that the backup brings, by file name.

        Raises DamagedBag when one is damaged, missing or above MOST_SETTINGS_BYTES, NotRegular.
        """
        return {name: self._content(name) for name in CHOSEN_BY_PEOPLE if name in self.places}

    def _content(self, place: str) -> bytes:
        name = self.places[place]
        try:
            with self.folder.reading(name) as file:
                content = file.read(MOST_SETTINGS_BYTES + 1)
        except FileNotFoundError as error:
            raise DamagedBag(f"{name} is missing from the backup") from error
        if len(content) > MOST_SETTINGS_BYTES or sha256(content).hexdigest() != self.manifest[name]:
            raise DamagedBag(f"{name} is damaged in the backup")
        return content


@contextmanager
def found_backup(source: Path) -> Iterator[FoundBackup]:
    """The backup in ``source``, its lists checked.

    Raises RestoreRefused when there is none, DamagedBag when it does not say well what it holds,
    OSError.
    """
    bag = Bag(source)
    if not bag.exists:
        raise RestoreRefused(f"there is no finished backup in {source}")
    manifest, info = bag.manifest(), bag.info()
    if STATE_LABEL not in info:
        raise RestoreRefused(f"{source} is a bag, but no backup of a media home")
    with OpenFolder.at(source) as folder:
        found = FoundBackup(folder, manifest, info)
        if found.size.files != len(manifest):
            raise DamagedBag(
                f"the backup declares {found.size.files:,} files and names {len(manifest):,}"
            )
        yield found


def restore_files(backup: FoundBackup, home: MediaHome, *, with_settings: bool) -> Restore:
    """Make the home from a backup; there must be nothing at its place but an empty folder.

    ``with_settings`` brings the backup's settings and users too. A damaged or missing file of the
    backup is left out and named: one bad file harms only itself. Raises RestoreRefused, DamagedBag
    when far more is damaged than the backup is long, OSError.
    """
    wanted = {
        place: name
        for place, name in backup.places.items()
        if with_settings or place not in CHOSEN_BY_PEOPLE
    }
    done = Restore(home.root)
    counts = backup.row_counts
    with restore_stage(home, fingerprint(backup, wanted)) as stage:
        bring_all(backup, wanted, stage, done)
        set_aside_broken_storage(stage.home, wanted, done)
        complete_tables(stage.home / ROWS)
        check_rows(RowStore(stage.home / ROWS), counts, done)
        count_extras(backup, done)
        os.sync()
        stage.finish()
    return done


def fingerprint(backup: FoundBackup, wanted: dict[str, str]) -> str:
    """The same for the same files: what another backup's restore had copied is not mixed in."""
    chosen = {place: backup.manifest[name] for place, name in wanted.items()}
    return sha256(json.dumps(chosen, sort_keys=True).encode()).hexdigest()


@dataclass
class Allowance:
    """The bytes that may still be read: those declared, and as many again of damaged files."""

    declared: int
    restored: int = 0
    wasted: int = 0

    @property
    def left(self) -> int:
        """The length that the next file may have."""
        return self.declared - self.restored

    def waste(self, size: int) -> None:
        """Count bytes that were read for nothing. Raises DamagedBag when they are too many."""
        self.wasted += size
        if self.wasted > self.declared:
            raise DamagedBag("more of the backup is damaged than it declares to hold")


def bring_all(backup: FoundBackup, wanted: dict[str, str], stage: Stage, done: Restore) -> None:
    """Copy every wanted file of the bag, or tell why not."""
    allowance = Allowance(backup.size.bytes)
    with OpenFolder.at(stage.home) as target:
        for place, name in wanted.items():
            problem = bring_back(backup, name, target, place, allowance)
            if problem:
                done.problems.append(problem)
            else:
                done.files += 1
    done.bytes = allowance.restored


def bring_back(
    backup: FoundBackup, name: str, target: OpenFolder, place: str, allowance: Allowance
) -> str | None:
    """Copy one file of the bag, or return why not."""
    expected = backup.manifest[name]
    kept = target.size_of(place)
    if kept is not None and sha256_in_folder(target, place) == expected:
        allowance.restored += kept
        return None
    try:
        size = backup.folder.size_of(name)
        allowance.restored += copy_hashed(
            backup.folder,
            name,
            target,
            place,
            expected=expected,
            mode=mode_of(place),
            most_bytes=allowance.left,
        ).bytes
    except FileNotFoundError:
        return f"{name} is missing from the backup"
    except NotRegular as error:
        return str(error)
    except DamagedBag:
        allowance.waste(size if size and size <= allowance.left else 0)  # longer ones are not read
        return f"{name} is damaged in the backup"
    return why_unreadable(target.path / place)


def mode_of(place: str) -> int:
    """The mode of a restored file, from which the umask takes more."""
    if place == USERS:
        return OWNER_ONLY
    return READ_ONLY if is_lasting(place) else 0o666


def why_unreadable(file: Path) -> str | None:
    """Why a file of rows is none, though its bytes are those of the backup; it is removed then."""
    if file.suffix != ".parquet":
        return None
    try:
        Manifest.read(file)
    except (pl.exceptions.PolarsError, KeyError, TypeError, ValueError) as error:
        file.unlink()
        return f"{file.name} holds no rows: {str(error)[:200]}"
    return None


def set_aside_broken_storage(stage: Path, places: dict[str, str], done: Restore) -> None:
    """Empty Dagster's storage when part of it is damaged: it would contradict itself."""
    wanted = [place for place in places if place.startswith(f"{DAGSTER}/")]
    if all((stage / place).exists() for place in wanted):
        return
    if (stage / DAGSTER).exists():
        shutil.rmtree(stage / DAGSTER)
    done.problems.append("Dagster's own storage starts from nothing: its history of runs is lost")


def complete_tables(rows: Path) -> None:
    """Make the folders that a table has also when they are empty; a bag has files only."""
    for table in rows.glob("*/*"):
        for name in ("inbox", "base"):
            (table / name).mkdir(exist_ok=True)


def check_rows(store: RowStore, expected: dict[str, int], done: Restore) -> None:
    """Compare the number of rows of every table with what the backup had."""
    tables = store.tables()
    for table, count in expected.items():
        found = rows_in(store.files(table)) if table in tables else 0
        if found != count:
            done.problems.append(f"{table} has {found} rows, not {count}")


def count_extras(backup: FoundBackup, done: Restore) -> None:
    """Note files of the bag that its manifest does not name: a killed backup leaves some."""
    names = (name for name in backup.folder.names(PAYLOAD_DEPTH) if name.startswith(f"{PAYLOAD}/"))
    extras = 0
    for name in names:
        extras += name not in backup.manifest
        if extras == LISTED_EXTRAS:
            break
    if extras:
        more = " or more" if extras == LISTED_EXTRAS else ""
        done.notes.append(f"{extras}{more} files of the backup are not in its manifest: left there")

"""A MEDIA_HOME from its backup: every file's hash is proven on the way, the rows come last.

Files are put together in ``.restore`` inside the new home and then moved to their places, the rows
at the very end: a home without rows is empty to everybody. A restore that was killed is simply
repeated; what it had copied is kept.
"""

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from resources.configuration.media_home import MediaHome
from resources.preservation.backup import ROW_COUNTS, STATE
from resources.preservation.bag import PAYLOAD, Bag, DamagedBag, copy_hashed
from resources.rows.compaction import rows_in
from resources.rows.row_store import RowStore
from resources.stores.content_store import sha256_of_file

STAGE = ".restore"
ROWS = "rows"
MOVED_LAST = ("dagster", ROWS)
DAGSTER = "dagster/"


class RestoreRefused(ValueError):
    """There is no backup, or the place for it is not empty."""


@dataclass
class Restore:
    """What one restore did. ``problems`` name what could not be brought back, and why."""

    root: Path
    files: int = 0
    bytes: int = 0
    problems: list[str] = field(default_factory=list)


def restore_files(source: Path, home: MediaHome) -> Restore:
    """Fill the empty ``home`` from the backup in ``source``.

    A damaged or missing file of the backup is left out and named: one bad file harms only itself.
    Raises RestoreRefused, DamagedBag when the manifest cannot be read, OSError.
    """
    bag = Bag(source)
    if not bag.exists:
        raise RestoreRefused(f"there is no finished backup in {source}")
    refuse_occupied(home)
    manifest, info = bag.manifest(), bag.info()
    if STATE not in info:
        raise RestoreRefused(f"{source} is a bag, but no backup of a media home")
    done = Restore(home.root)
    places = {name: place_of(name, info[STATE]) for name in manifest}
    for name, place in places.items():
        bring_back(bag, name, manifest[name], home.root / STAGE / place, done)
    set_aside_broken_storage(home, places, done)
    complete_tables(home.root / STAGE / ROWS)
    check_rows(RowStore(home.root / STAGE / ROWS), json.loads(info[ROW_COUNTS]), done)
    os.sync()
    move_into_place(home)
    return done


def refuse_occupied(home: MediaHome) -> None:
    """Raise RestoreRefused unless the home is empty, or a restore into it was killed."""
    if not home.root.exists():
        return
    rows = home.root / ROWS
    has_rows = rows.exists() and any(path.suffix == ".parquet" for path in rows.rglob("*"))
    names = {path.name for path in home.root.iterdir()} - {"lost+found", "locks"}
    if names and (has_rows or STAGE not in names):
        raise RestoreRefused(f"{home.root} is not empty: restore into an empty or new --home")


def place_of(name: str, state: str) -> str:
    """Where a file of the bag belongs in the home."""
    inside = name.removeprefix(f"{PAYLOAD}/")
    return inside.removeprefix(f"{state}/")


def bring_back(bag: Bag, name: str, sha256: str, target: Path, done: Restore) -> None:
    """Copy one file of the bag, or return why not."""
    try:
        if not (target.exists() and sha256_of_file(target) == sha256):
            copy_hashed(bag.root / name, target, sha256)
    except FileNotFoundError:
        done.problems.append(f"{name} is missing from the backup")
    except DamagedBag:
        done.problems.append(f"{name} is damaged in the backup")
    else:
        done.files += 1
        done.bytes += target.stat().st_size


def set_aside_broken_storage(home: MediaHome, places: dict[str, str], done: Restore) -> None:
    """Empty Dagster's storage when part of it is damaged: it would contradict itself."""
    wanted = [place for place in places.values() if place.startswith(DAGSTER)]
    if all((home.root / STAGE / place).exists() for place in wanted):
        return
    shutil.rmtree(home.root / STAGE / DAGSTER)
    done.problems.append("Dagster's own storage starts from nothing: its history of runs is lost")


def complete_tables(rows: Path) -> None:
    """Make the folders that a table has also when they are empty; a bag has files only."""
    for inbox in rows.glob("*/*/inbox"):
        inbox.with_name("base").mkdir(exist_ok=True)


def check_rows(store: RowStore, expected: dict[str, int], done: Restore) -> None:
    """Compare the number of rows of every table with what the backup had."""
    for table, count in expected.items():
        found = rows_in(store.files(table)) if table in store.tables() else 0
        if found != count:
            done.problems.append(f"{table} has {found} rows, not {count}")


def move_into_place(home: MediaHome) -> None:
    """Give everything its name; the rows decide, and come last."""
    stage = home.root / STAGE
    for path in in_order(stage):
        target = home.root / path.name
        if target.is_dir():
            shutil.rmtree(target)
        path.replace(target)
    stage.rmdir()


def in_order(stage: Path) -> Iterator[Path]:
    """What was put together, that which makes the home a home last."""
    entries = {path.name: path for path in stage.iterdir()}
    yield from (path for name, path in sorted(entries.items()) if name not in MOVED_LAST)
    yield from (entries[name] for name in MOVED_LAST if name in entries)

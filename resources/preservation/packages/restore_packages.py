"""A new home from archive packages: the same rows and files as those that were packed.

As in a restore from a backup, the home is put together in a private folder and takes its name at
the end. First all packages are opened and compared, and two of one picture end it before anything
is written. A package that is damaged or hostile is then left out and named; the others come back.
"""

import hashlib
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from resources.configuration.media_home import MediaHome
from resources.preservation.bag import new_file, sha256_in_folder
from resources.preservation.packages.opened_package import (
    Package,
    RefusedPackage,
    opened_package,
)
from resources.preservation.packages.package_places import ROWS, home_place
from resources.preservation.packages.restored_rows import RestoredRows, RowReader, RowSpool
from resources.preservation.restore import Restore
from resources.preservation.restore_stage import RestoreRefused, restore_stage
from resources.rows.row_store import RowStore
from resources.rows.table import Table
from resources.stores.content_store import READ_ONLY
from resources.stores.open_folder import NotRegular, OpenFolder

SUFFIX = ".zip"
MOST_PACKAGES = 1_000_000
MOST_ROWS_BYTES = 256 * 1024**2
"""Of one picture's rows: some hundred thousand of them."""


@dataclass(frozen=True)
class FoundPackages:
    """The packages of a folder that can be opened: file name -> the pictures in it.

    ``problems`` name the others, ``digest`` changes with what any of them holds.
    """

    folder: OpenFolder
    sources: dict[str, set[str]]
    problems: list[str]
    bytes: int
    digest: str


@contextmanager
def found_packages(source: Path) -> Iterator[FoundPackages]:
    """What there is in the folder ``source``, each package's list checked.

    Raises RestoreRefused when there is none, or two hold the same picture; OSError.
    """
    if not source.is_dir():
        raise RestoreRefused(f"{source} is no folder")
    with OpenFolder.at(source) as folder:
        names = [name for name in folder.names(0) if name.lower().endswith(SUFFIX)]
        if not names or len(names) > MOST_PACKAGES:
            raise RestoreRefused(f"there are {len(names):,} packages (*{SUFFIX}) in {source}")
        found = look_through(folder, names)
        refuse_doubles(found.sources)
        yield found


def look_through(folder: OpenFolder, names: Sequence[str]) -> FoundPackages:
    """Open every package once, to see what it holds."""
    digest, size = hashlib.sha256(), 0
    sources: dict[str, set[str]] = {}
    problems = []
    for name in names:
        try:
            with package_in(folder, name) as package:
                sources[name] = package.source_ids
                size += sum(map(package.size_of, package.manifest))
                digest.update(repr(sorted(package.manifest.items())).encode())
        except (RefusedPackage, NotRegular) as error:
            problems.append(f"{name}: {error}")
    return FoundPackages(folder, sources, problems, size, digest.hexdigest())


@contextmanager
def package_in(folder: OpenFolder, name: str) -> Iterator[Package]:
    """One package, open. Raises RefusedPackage, NotRegular, OSError."""
    with folder.reading(name) as file, opened_package(file) as package:
        yield package


def refuse_doubles(sources: dict[str, set[str]]) -> None:
    """Raise RestoreRefused when a picture is in two packages: nobody can tell which is right."""
    holders: dict[str, str] = {}
    for name, ids in sources.items():
        for source_id in ids:
            other = holders.setdefault(source_id, name)
            if other != name:
                raise RestoreRefused(
                    f"{other} and {name} both hold {source_id}: take one of them away"
                )


def restore_packages(found: FoundPackages, home: MediaHome, tables: Sequence[Table]) -> Restore:
    """Make the home from these packages; there must be nothing at its place but an empty folder.

    ``tables`` are those of which packages hold rows. Raises RestoreRefused, OSError.
    """
    done = Restore(home.root, problems=[*found.problems])
    with restore_stage(home, found.digest) as stage:
        restored = MediaHome(stage.home)
        if restored.rows.exists():  # of a restore that was killed
            shutil.rmtree(restored.rows)
        restored.create()
        spool = RowSpool(RowStore(restored.rows), tables)
        reader = RowReader(spool.schemas)
        with OpenFolder.at(stage.home) as target:
            for name in found.sources:
                for rows in bring_package(found, name, target, reader, done):
                    spool.add(rows)
        spool.write()
        os.sync()
        stage.finish()
    return done


def bring_package(
    found: FoundPackages, name: str, target: OpenFolder, reader: RowReader, done: Restore
) -> list[RestoredRows]:
    """Bring all files of one package and return the rows of its pictures.

    When anything is wrong with it, nothing of it stays, and ``done`` names the problem.
    """
    made: list[str] = []
    try:
        with package_in(found.folder, name) as package:
            rows = [rows_of(package, one, reader) for one in sorted(package.source_ids)]
            for one in package.manifest:
                bring_file(package, one, target, made)
    except (RefusedPackage, NotRegular) as error:
        done.problems.append(f"{name} is left out: {error}")
        for place in made:
            target.remove(place)
        return []
    done.files += len(made)
    done.bytes += sum(target.size_of(place) or 0 for place in made)
    left_out = sum(one.left_out for one in rows)
    if left_out:
        done.notes.append(f"{name}: {left_out} results whose files were not packed are made again")
    return rows


def bring_file(package: Package, name: str, target: OpenFolder, made: list[str]) -> None:
    """Copy one file to its place in the home, or only prove it when it has none.

    ``made`` gets the place when it was filled. Raises RefusedPackage, OSError.
    """
    sha256 = package.manifest[name]
    place = home_place(name, sha256)
    if place is None:
        package.prove(name)
    elif target.size_of(place) is None or sha256_in_folder(target, place) != sha256:
        with new_file(target, place, READ_ONLY) as file:
            package.copy(name, file)
        made.append(place)


def rows_of(package: Package, source_id: str, reader: RowReader) -> RestoredRows:
    """The rows of one picture, checked. Raises RefusedPackage."""
    name = f"{source_id}/{ROWS}"
    if name not in package.manifest:
        raise RefusedPackage(f"{source_id} has no {ROWS}: it was not packed by media package")
    if package.size_of(name) > MOST_ROWS_BYTES:
        raise RefusedPackage(f"{name} is longer than {MOST_ROWS_BYTES:,} bytes")
    mine = (one for one in package.manifest.items() if one[0].startswith(f"{source_id}/"))
    places = filter(None, (home_place(one, sha256) for one, sha256 in mine))
    return reader.read(source_id, package.content(name), places)

"""Pictures as objects of an OCFL 1.1 storage root, written by the package ``ocfl-py``.

One object per picture, of the same files as its package, with SHA-256 as everywhere here. What
changed since is a new version beside the older ones, which share its unchanged files. An object is
put together in the folder STAGING of the root and renamed: it is whole or absent, and a kill
between the two renames of a new version is made good by the next export.
"""

import importlib.util
import logging
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from resources.preservation.packages.bag_writing import PayloadFile, proven_pieces

LAYOUT = "0003-hash-and-id-n-tuple-storage-layout"
"""Its name among the OCFL community's extensions: readable names below three levels of hashes."""

STAGING = Path("extensions", "media-assets-staging")
"""Where the standard lets a program keep what is no object; removed when an export ends."""

DECLARATION = "0=ocfl_object_1.1"
ROOT_DECLARATION = "0=ocfl_1.1"
MESSAGE = "media package --ocfl"


class OcflUnavailable(RuntimeError):
    """The optional package is not installed, or the folder is no storage root."""


def refuse_without_ocfl() -> None:
    """Raise OcflUnavailable when ocfl-py is not installed."""
    if importlib.util.find_spec("ocfl") is None:
        raise OcflUnavailable("OCFL is written by the package ocfl-py, which is not installed")


class DamagedObject(OSError):
    """What is in the storage root is not a sound object, so no version is added to it."""


class OcflRoot:
    """An open storage root; one process writes at a time."""

    def __init__(self, folder: Path) -> None:
        import ocfl

        self._folder = folder
        self._staging = folder / STAGING
        self._root: Any = ocfl.StorageRoot(root=str(folder))
        self._root.open_root_fs()
        try:
            self._root.check_root_structure()
        except ocfl.StorageRootException as error:
            raise OcflUnavailable(f"{folder} is no sound storage root: {error}") from error

    @classmethod
    @contextmanager
    def at(cls, folder: Path) -> Iterator["OcflRoot"]:
        """The storage root in a folder, made when there is none or an empty one.

        Raises OcflUnavailable, OSError.
        """
        refuse_without_ocfl()
        real = folder.absolute()
        if not real.exists() or not any(real.iterdir()):
            make_root(real)
        if not (real / ROOT_DECLARATION).is_file():
            raise OcflUnavailable(f"{folder} is neither empty nor an OCFL 1.1 storage root")
        (real / STAGING).mkdir(parents=True, exist_ok=True)
        try:
            with quiet(), FileLock(real / STAGING / "lock", timeout=0):
                root = cls(real)
                root.make_good()
                yield root
        except Timeout as error:
            raise OcflUnavailable(f"another export into {folder} is under way") from error
        shutil.rmtree(real / STAGING)
        if not any((real / STAGING.parent).iterdir()):
            (real / STAGING.parent).rmdir()

    def make_good(self) -> None:
        """Put back objects that a killed export had moved aside, and drop what it had begun."""
        aside = self._staging / "aside"
        for declaration in list(aside.rglob(DECLARATION)):
            place = self._folder / declaration.parent.relative_to(aside)
            if not place.exists():
                declaration.parent.rename(place)
        for left in ("aside", "new", "files"):
            if (self._staging / left).exists():
                shutil.rmtree(self._staging / left)

    def export(self, identifier: str, payload: Sequence[PayloadFile], created: datetime) -> bool:
        """Have these files in the newest version of an object; return False when they were there.

        Raises ChangedFile when one is not what it should be, DamagedObject, OSError.
        """
        import ocfl

        place = self._folder / self._root.object_path(identifier)
        names = {one.name.partition("/")[2]: one for one in payload}
        try:
            if newest_state(place) == {name: one.sha256 for name, one in names.items()}:
                return False
            self._export(identifier, names, place, created)
        except (ocfl.ObjectException, ocfl.InventoryException) as error:
            raise DamagedObject(f"{place} is no sound OCFL object: {error}") from error
        return True

    def _export(
        self, identifier: str, names: Mapping[str, PayloadFile], place: Path, created: datetime
    ) -> None:
        files, new = self._staging / "files", self._staging / "new"
        for name, one in names.items():
            copy_proven(one, files / name)
        add_version(identifier, files, new, place, created)
        os.sync()
        self._put(new, place)
        shutil.rmtree(files)

    def _put(self, new: Path, place: Path) -> None:
        place.parent.mkdir(parents=True, exist_ok=True)
        aside = self._staging / "aside" / place.relative_to(self._folder)
        if place.exists():
            aside.parent.mkdir(parents=True, exist_ok=True)
            place.rename(aside)
        new.rename(place)
        if aside.exists():
            shutil.rmtree(aside)


@contextmanager
def quiet() -> Iterator[None]:
    """ocfl-py tells of each object through the root logger, which is for what goes wrong."""
    before = logging.root.manager.disable
    logging.disable(logging.INFO)
    try:
        yield
    finally:
        logging.disable(before)


def make_root(folder: Path) -> None:
    """Make a storage root where there is nothing, or an empty folder. Raises OSError."""
    import ocfl

    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".ocfl-", dir=folder.parent) as beside:
        new = Path(beside, "root")
        ocfl.StorageRoot(root=str(new), layout_name=LAYOUT).initialize(spec_version="1.1")
        new.rename(folder)


def newest_state(place: Path) -> dict[str, str]:
    """Name -> SHA-256 of the files in an object's newest version; none of one that is absent."""
    import ocfl

    if not place.exists():
        return {}

    inventory = ocfl.Object(path=str(place)).parse_inventory()
    state = inventory.version(inventory.head).state
    return {name: digest for digest, names in state.items() for name in names}


def copy_proven(file: PayloadFile, target: Path) -> None:
    """Copy one file. Raises ChangedFile, OSError."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with file.opened() as source, target.open("wb") as copy:
        for piece in proven_pieces(source, file):
            copy.write(piece)


def add_version(identifier: str, files: Path, new: Path, place: Path, created: datetime) -> None:
    """Make in ``new`` what the object at ``place`` becomes with these files as newest version."""
    import ocfl

    when = f"{created:%Y-%m-%dT%H:%M:%S}Z"
    told = ocfl.VersionMetadata(created=when, message=MESSAGE)
    form = {"identifier": identifier, "digest_algorithm": "sha256", "spec_version": "1.1"}
    if not place.exists():
        ocfl.Object(**form).create(srcdir=str(files), metadata=told, objdir=str(new))
        return
    shutil.copytree(place, new)
    ocfl.Object(**form).add_version_with_content(objdir=str(new), srcdir=str(files), metadata=told)

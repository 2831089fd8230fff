"""Files that a command writes where its user asks for it: ``-o``, ``--html``, ``--xmp``.

One rule for all of them. Nothing is written into MEDIA_HOME or a landing root. A file that is there
is replaced only with ``--overwrite``, and never a link, a pipe, a device or a file that has further
names (hard links). The content goes to a temporary file in the same folder, is flushed to the disk
and then takes the name: it is whole or absent. Its mode is as for a file of the shell's ``>``: the
user's own umask counts, because the user asked for it, outside the home.

The folder is opened once, and looked at by its identity (device and inode): no link and no mount
that takes its place meanwhile can lead into the home.
"""

import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from command_line.terminal.console import CommandError
from resources.configuration.file_modes import given_umask
from resources.configuration.settings import Settings
from resources.landing.roots import located
from resources.stores.open_folder import CREATE, NotRegular, OpenFolder

Identity = tuple[int, int]
"""Device and inode of a folder."""

LOOK = os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC


@dataclass(frozen=True)
class OutputFile:
    """A file to be written, and whether one that is there may be replaced."""

    path: Path
    overwrite: bool

    def refuse(self) -> None:
        """Raise CommandError when the file must not be written, before any work is done for it."""
        with self._folder() as folder, folder.holding(self._name) as (holder, name):
            refuse_existing(holder, name, self.path, overwrite=self.overwrite)

    @contextmanager
    def writing(self) -> Iterator[BinaryIO]:
        """The file, which takes its name when the block ends well. Raises CommandError."""
        with (
            self._folder() as folder,
            new_output(folder, self._name, overwrite=self.overwrite) as new,
        ):
            yield new

    @property
    def _name(self) -> str:
        if self.path.name in ("", ".."):
            raise CommandError(f"{self.path} is a folder", hint="name a file")
        return self.path.name

    @contextmanager
    def _folder(self) -> Iterator[OpenFolder]:
        with output_folder(self.path.parent) as folder:
            yield folder


@contextmanager
def output_folder(path: Path) -> Iterator[OpenFolder]:
    """An existing folder, opened. Raises CommandError for one in MEDIA_HOME or a landing root."""
    try:
        with OpenFolder.at(path) as folder:
            refuse_own_folder(folder, Settings())
            yield folder
    except (OSError, NotRegular) as error:
        raise CommandError(f"cannot write to {path}: {error}") from error


@contextmanager
def new_output(folder: OpenFolder, name: str, *, overwrite: bool) -> Iterator[BinaryIO]:
    """A new file below an output folder; folders on the way are made.

    Raises CommandError, NotRegular, OSError.
    """
    path = folder.path / name
    with given_umask(), folder.holding(name, make=True) as (holder, last):
        mode = refuse_existing(holder, last, path, overwrite=overwrite)
        partial = f".{secrets.token_hex(8)}.partial"
        descriptor = os.open(partial, CREATE, mode, dir_fd=holder)
        try:
            with open(descriptor, "wb") as file:  # noqa: PTH123 - a descriptor
                yield file
                file.flush()
                os.fsync(file.fileno())
            refuse_existing(holder, last, path, overwrite=overwrite)
            os.rename(partial, last, src_dir_fd=holder, dst_dir_fd=holder)
        except BaseException:
            os.unlink(partial, dir_fd=holder)
            raise
        os.fsync(holder)


def refuse_existing(holder: int, name: str, path: Path, *, overwrite: bool) -> int:
    """The mode that the new file is created with: never wider than that of one it replaces.

    Raises CommandError for what must not be replaced.
    """
    try:
        found = os.stat(name, dir_fd=holder, follow_symlinks=False)
    except FileNotFoundError:
        return 0o666
    if not stat.S_ISREG(found.st_mode):
        raise CommandError(f"{path} is a {kind(found.st_mode)}, not a file", hint="name a new file")
    if found.st_nlink > 1:
        raise CommandError(f"{path} is a file with further names", hint="name a new file")
    if not overwrite:
        raise CommandError(f"{path} is there already", hint="replace it: --overwrite")
    return stat.S_IMODE(found.st_mode) & 0o666


def kind(mode: int) -> str:
    """What is at a name, in a word."""
    kinds = {stat.S_IFLNK: "link", stat.S_IFDIR: "folder", stat.S_IFIFO: "pipe"}
    return kinds.get(stat.S_IFMT(mode), "device or socket")


def refuse_own_folder(folder: OpenFolder, settings: Settings) -> None:
    """Raise CommandError for a folder that is, or is inside, one of ours or a landing root."""
    above = set(identities_above(folder.descriptor))
    if above & set(own_identities(settings.home)):
        raise CommandError(
            f"{folder.path} belongs to the media home {settings.home}, where only this system "
            "writes",
            hint="choose another folder",
        )
    for root in settings.roots:
        if above & set(identity_of(located(root))):
            raise CommandError(
                f"{folder.path} is in the landing root {root.name!r}",
                hint="what is there is taken in by itself: choose another folder",
            )


def own_identities(home: Path) -> Iterator[Identity]:
    """Those of the home and of the folders in it, which may be mounted elsewhere too."""
    yield from identity_of(home)
    for path in home.iterdir() if home.is_dir() else ():
        if path.is_dir():
            yield from identity_of(path)


def identity_of(path: Path) -> Iterator[Identity]:
    """That of a folder, if it is there."""
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return
    yield found.st_dev, found.st_ino


def identities_above(descriptor: int) -> Iterator[Identity]:
    """Those of an open folder and of every folder that it is in."""
    here = os.dup(descriptor)
    last = None
    try:
        while (found := os.fstat(here)) and (found.st_dev, found.st_ino) != last:
            last = (found.st_dev, found.st_ino)
            yield last
            above = os.open("..", LOOK, dir_fd=here)
            os.close(here)
            here = above
    finally:
        os.close(here)

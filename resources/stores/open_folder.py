"""Files below a folder in which others may change anything at any moment.

They are reached as in ``beneath``: no link below the folder is followed, and pipes, sockets and
devices are never waited for. How one comes to the folder itself is its owner's choice, links
included. Names are text here, and errors name the path.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Self

from resources.stores.beneath import OPEN_SAFELY, READ_FOLDER, Folder, LinkInTheWay

CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class NotRegular(ValueError):
    """A link, pipe or device is where a file or a folder should be."""


@dataclass(frozen=True)
class OpenFolder:
    """An open folder. Names below it are relative, with "/" between parts, without "." and ".."."""

    path: Path
    descriptor: int

    @classmethod
    @contextmanager
    def at(cls, path: Path) -> Iterator[Self]:
        """The folder at ``path``, which may be a link to it. Raises OSError."""
        descriptor = os.open(path, READ_FOLDER & ~os.O_NOFOLLOW)
        try:
            yield cls(path, descriptor)
        finally:
            os.close(descriptor)

    @contextmanager
    def holding(self, name: str, *, make: bool = False) -> Iterator[tuple[int, str]]:
        """The descriptor of the folder that holds ``name``, and the last part of the name.

        With ``make`` absent folders are made. Raises NotRegular when a folder on the way is a link
        or no folder, FileNotFoundError when one is absent, OSError.
        """
        above, _, last = name.rpartition("/")
        held = self._held(above, make=make)
        yield held.descriptor, last

    def _held(self, path: str, *, make: bool) -> Folder:
        """The folder at ``path`` below, readable; "" is this one. Raises NotRegular, OSError."""
        here = Folder(os.dup(self.descriptor))
        try:
            if make and path:
                here.made(os.fsencode(path))
            return Folder(here.open(os.fsencode(path), READ_FOLDER))
        except (LinkInTheWay, NotADirectoryError) as error:
            raise NotRegular(
                f"{self.path / path} is a link or no folder, or one above it is: none is followed"
            ) from error

    @contextmanager
    def reading(self, name: str) -> Iterator[BinaryIO]:
        """The open file. Raises NotRegular for what is no regular file, OSError."""
        with self.holding(name) as (folder, last):
            try:
                descriptor = os.open(last, OPEN_SAFELY, dir_fd=folder)
            except OSError as error:
                if _mode(last, folder) in (0, stat.S_IFREG):
                    raise
                raise self._not_regular(name) from error
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise self._not_regular(name)
        with open(descriptor, "rb") as file:  # noqa: PTH123 - a descriptor
            yield file

    def _not_regular(self, name: str) -> NotRegular:
        return NotRegular(f"{self.path / name} is no regular file: links and pipes are not read")

    def size_of(self, name: str) -> int | None:
        """The bytes of a regular file; None when there is none of this name. Raises NotRegular."""
        try:
            with self.holding(name) as (folder, last):
                found = os.stat(last, dir_fd=folder, follow_symlinks=False)
        except FileNotFoundError:
            return None
        return found.st_size if stat.S_ISREG(found.st_mode) else None

    def has(self, name: str) -> bool:
        """Whether there is anything of this name. Raises NotRegular."""
        try:
            with self.holding(name) as (folder, last):
                return _mode(last, folder) != 0
        except FileNotFoundError:
            return False

    def remove(self, name: str) -> None:
        """Delete the file or link of this name, if there is one. Raises NotRegular, OSError."""
        try:
            with self.holding(name) as (folder, last):
                os.unlink(last, dir_fd=folder)
        except FileNotFoundError:
            return

    def names(self, depth: int) -> Iterator[str]:
        """What is no folder below this one, down to so many folders, in the order of the names.

        What lies deeper is named by the folder that holds it.
        """
        yield from _names(self.descriptor, "", depth)


def _names(folder: int, prefix: str, depth: int) -> Iterator[str]:
    with os.scandir(folder) as entries:
        found = sorted((entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries)
    for name, is_folder in found:
        if is_folder and depth:
            yield from _names_inside(folder, name, prefix, depth)
        else:
            yield prefix + name


def _names_inside(folder: int, name: str, prefix: str, depth: int) -> Iterator[str]:
    try:
        inner = Folder(os.open(name, READ_FOLDER, dir_fd=folder))
    except (FileNotFoundError, NotADirectoryError):  # exchanged since it was listed
        return
    yield from _names(inner.descriptor, f"{prefix}{name}/", depth - 1)


def _mode(name: str, folder: int) -> int:
    """The kind of a file as stat(2) has it; 0 when it is gone."""
    try:
        return stat.S_IFMT(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)
    except FileNotFoundError:
        return 0

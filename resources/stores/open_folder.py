"""Files below a folder in which others may change anything at any moment.

Every part of a path below the folder is opened by itself, relative to the part before it, and a
part that is a link is refused (openat(2) with O_NOFOLLOW): nothing that is exchanged meanwhile can
lead elsewhere. Pipes, sockets and devices are never waited for. How one comes to the folder itself
is its owner's choice, links included.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Self

FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
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
        descriptor = os.open(path, FOLDER & ~os.O_NOFOLLOW)
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
        *folders, last = name.split("/")
        here = os.dup(self.descriptor)
        try:
            for part in folders:
                if make:
                    _make_folder(part, here)
                inner = self._enter(part, here, name)
                os.close(here)
                here = inner
            yield here, last
        finally:
            os.close(here)

    def _enter(self, part: str, here: int, name: str) -> int:
        try:
            return os.open(part, FOLDER, dir_fd=here)
        except NotADirectoryError as error:
            raise NotRegular(
                f"{self.path / name}: {part} is a link or no folder, and none is followed"
            ) from error

    @contextmanager
    def reading(self, name: str) -> Iterator[BinaryIO]:
        """The open file. Raises NotRegular for what is no regular file, OSError."""
        with self.holding(name) as (folder, last):
            try:
                descriptor = os.open(last, READ, dir_fd=folder)
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
        inner = os.open(name, FOLDER, dir_fd=folder)
    except (FileNotFoundError, NotADirectoryError):  # exchanged since it was listed
        return
    with _closing(inner):
        yield from _names(inner, f"{prefix}{name}/", depth - 1)


@contextmanager
def _closing(descriptor: int) -> Iterator[None]:
    try:
        yield
    finally:
        os.close(descriptor)


def _make_folder(name: str, folder: int) -> None:
    try:
        os.mkdir(name, dir_fd=folder)
    except FileExistsError:
        return


def _mode(name: str, folder: int) -> int:
    """The kind of a file as stat(2) has it; 0 when it is gone."""
    try:
        return stat.S_IFMT(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)
    except FileNotFoundError:
        return 0

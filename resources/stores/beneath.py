"""Reaches files in folders where others may exchange anything at any moment.

A path only says where a file was: of two calls with the same path the second may reach another
file, through a folder that has become a link meanwhile. So a folder that the settings name is
opened once, and everything below it is reached from its descriptor, without following any link in
any part of the path: by openat2(2) where the kernel has it, else folder by folder. Names are raw
bytes.
"""

import errno
import os
import stat
import weakref
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from resources.stores.kernel_calls import has_openat2, openat2

OPEN_SAFELY = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
"""A link is refused, and a pipe or device that took the file's place cannot block us."""

HOLD = getattr(os, "O_PATH", os.O_RDONLY) | os.O_NOFOLLOW | os.O_CLOEXEC
"""A descriptor to go on from, for which a folder need not be readable (Linux)."""

HOLD_FOLDER = HOLD | os.O_DIRECTORY
READ_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC

LONGEST_PATH = 4095
"""Bytes of a path below a folder; PATH_MAX of Linux, and more than that of macOS."""

MOST_LINKS = 40
"""Links in the path of a folder that the settings name, as in Linux (MAXSYMLINKS)."""

NO_NAMES = frozenset({b"", b".", b".."})


class LinkInTheWay(OSError):
    """A part of a path is a symbolic link that is not followed."""

    def __init__(self, what: str = "a symbolic link, which is not followed") -> None:
        super().__init__(errno.ELOOP, what)


class Folder:
    """A folder that is held, readable or not.

    It is closed when nobody refers to it any more, as Python's files are.
    """

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        weakref.finalize(self, os.close, descriptor)

    def open(self, path: bytes, flags: int) -> int:
        """A descriptor of what is at ``path`` below; b"" is the folder itself.

        Raises LinkInTheWay, OSError.
        """
        return open_beneath(self.descriptor, path, flags)

    def made(self, path: bytes) -> "Folder":
        """The folder at ``path`` below, made with those on the way to it where they are missing.

        Raises LinkInTheWay, OSError.
        """
        here = self
        for name in checked_names(*path.split(b"/")):
            with suppress(FileExistsError):
                os.mkdir(name, dir_fd=here.descriptor)
            here = Folder(here.open(name, HOLD_FOLDER))
        return here

    def has(self, name: bytes) -> bool:
        """Whether it has an entry of this name, be it a link to nowhere."""
        return Place(self, name).exists()

    def folders(self) -> Iterator[int]:
        """A descriptor of each folder below and of this one, as long as the loop is at it.

        What cannot be read is passed over.
        """
        paths = [b""]
        while paths:
            path = paths.pop()
            with suppress(OSError), self._reading(path) as descriptor:
                yield descriptor
                below = path + b"/" if path else b""
                paths += [below + name for name in subfolder_names(descriptor)]

    @contextmanager
    def _reading(self, path: bytes) -> Iterator[int]:
        descriptor = self.open(path, READ_FOLDER)
        try:
            yield descriptor
        finally:
            os.close(descriptor)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a file is: its path below an open folder."""

    folder: Folder
    path: bytes

    def open(self) -> int:
        """A descriptor to read from, which nothing can make us wait for.

        Raises LinkInTheWay, OSError.
        """
        return self.folder.open(self.path, OPEN_SAFELY)

    def status(self) -> os.stat_result:
        """The status of the entry itself, never of what it points to.

        Raises LinkInTheWay, OSError.
        """
        with self.parent() as (parent, name):
            return os.stat(name, dir_fd=parent, follow_symlinks=False)

    def exists(self) -> bool:
        """Whether anything is there, as far as can be seen."""
        try:
            self.status()
        except OSError:
            return False
        return True

    @contextmanager
    def parent(self) -> Iterator[tuple[int, bytes]]:
        """A descriptor of the folder that it is in, and its name there. Raises OSError."""
        *above, name = checked_names(*self.path.split(b"/"))
        if not above:
            yield self.folder.descriptor, name
            return
        parent = self.folder.open(b"/".join(above), HOLD_FOLDER)
        try:
            yield parent, name
        finally:
            os.close(parent)


class NamedFolders:
    """Folders that the settings name, by their absolute paths, each opened once."""

    def __init__(self, named: Sequence[bytes] = ()) -> None:
        self._named = named
        self._opened: dict[bytes, Folder] = {}

    def at(self, path: bytes) -> Folder:
        """The folder at this path. Raises LinkInTheWay, OSError; then the next call tries again."""
        if path not in self._opened:
            self._opened[path] = open_named(path)
        return self._opened[path]

    def reach(self, path: bytes) -> Place:
        """The place of a file by its absolute path: below a named folder, else below the root.

        Raises LinkInTheWay, OSError.
        """
        for folder in self._named:
            if path.startswith(folder.rstrip(b"/") + b"/"):
                return Place(self.at(folder), path[len(folder.rstrip(b"/")) + 1 :])
        return Place(self.at(b"/"), path.lstrip(b"/"))


def subfolder_names(descriptor: int) -> list[bytes]:
    """The names of the folders in an open folder. Raises OSError."""
    with os.scandir(descriptor) as entries:
        return [os.fsencode(one.name) for one in entries if one.is_dir(follow_symlinks=False)]


def open_beneath(folder: int, path: bytes, flags: int) -> int:
    """Open what is at ``path`` (b"": the folder itself) below an open folder, following no link.

    ``..`` and an absolute path are refused. Raises LinkInTheWay, OSError.
    """
    names = checked_names(*path.split(b"/")) if path else [b"."]
    if len(path) > LONGEST_PATH:
        raise OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG))
    if not has_openat2():
        return _open_step_by_step(folder, names, flags)
    try:
        return openat2(folder, path or b".", flags)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise LinkInTheWay from error
        raise


def open_named(path: bytes) -> Folder:
    """The folder at an absolute path that its owner named.

    Links in it are followed if root or this user made them: others who may write to a folder
    above cannot put a link in its place. Raises LinkInTheWay, OSError.
    """
    names, links = _names_of(path), 0
    here = os.open(b"/", HOLD_FOLDER)
    try:
        while names:
            step = _next_step(here, names.popleft())
            if isinstance(step, bytes):
                links += 1
                names.extendleft(reversed(_names_of(step)))
                step = os.open(b"/" if step.startswith(b"/") else b".", HOLD_FOLDER, dir_fd=here)
            os.close(here)
            here = step
            if links > MOST_LINKS:
                raise LinkInTheWay("symbolic links that lead in a circle")
        return Folder(os.open(b".", HOLD_FOLDER, dir_fd=here))
    finally:
        os.close(here)


def checked_names(*names: bytes) -> Sequence[bytes]:
    """The names of a path, each of which is one. Raises OSError."""
    if not NO_NAMES.isdisjoint(names):
        raise OSError(errno.EXDEV, "no path below a folder")
    return names


def _names_of(path: bytes) -> deque[bytes]:
    return deque(name for name in path.split(b"/") if name)


def _next_step(folder: int, name: bytes) -> int | bytes:
    """A descriptor to go on from, or what a link points to. Raises LinkInTheWay, OSError."""
    if not stat.S_ISLNK(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
        return os.open(name, HOLD_FOLDER, dir_fd=folder)
    if not hasattr(os, "O_PATH"):
        check_owner(os.stat(name, dir_fd=folder, follow_symlinks=False))
        return os.readlink(name, dir_fd=folder)
    held = os.open(name, HOLD, dir_fd=folder)
    try:
        check_owner(os.fstat(held))
        return os.readlink(b"", dir_fd=held)
    finally:
        os.close(held)


def check_owner(link: os.stat_result) -> None:
    """Raise LinkInTheWay for a link of another user than root and the one that we are."""
    if link.st_uid not in (0, os.geteuid()):
        raise LinkInTheWay("a symbolic link of another user, which is not followed")


def _open_step_by_step(folder: int, names: Sequence[bytes], flags: int) -> int:
    """The same as openat2 does in one step; a folder that is held cannot be exchanged."""
    *above, last = names
    here = os.dup(folder)
    try:
        for name in above:
            there = _step(here, name, HOLD_FOLDER)
            os.close(here)
            here = there
        return _step(here, last, flags)
    finally:
        os.close(here)


def _step(folder: int, name: bytes, flags: int) -> int:
    try:
        return os.open(name, flags | os.O_NOFOLLOW, dir_fd=folder)
    except OSError as error:
        is_refused = error.errno in (errno.ELOOP, errno.ENOTDIR)
        if is_refused and _is_link(folder, name):
            raise LinkInTheWay from error
        raise


def _is_link(folder: int, name: bytes) -> bool:
    try:
        return stat.S_ISLNK(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)
    except OSError:
        return False

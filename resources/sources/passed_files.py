"""Files of a source, opened so that no link leads to them, also where they may not be opened.

A decoder has no right to open an original, sidecar or rendition: the process that asks opens them
and passes descriptors, or says why it could not, along with the task. Plain module state: one task
at a time. Every other process opens files itself, in the same way.
"""

import errno
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from resources.configuration.settings import Settings
from resources.stores.beneath import LinkInTheWay, NamedFolders

Refusal = tuple[int, str]
"""Why a file could not be opened: number and text of an OSError."""

_passed: Mapping[bytes, int | Refusal] = {}


@contextmanager
def passed(files: Mapping[bytes, int | Refusal]) -> Iterator[None]:
    """Inside the block these absolute paths are read by their descriptors; all are closed then."""
    global _passed  # noqa: PLW0603 - see the module docstring
    _passed = files
    try:
        yield
    finally:
        _passed = {}
        for one in files.values():
            if isinstance(one, int):
                os.close(one)


def open_file(home: Path, path: bytes) -> BinaryIO:
    """The file at an absolute path, at its beginning; ``home`` is the root of MEDIA_HOME.

    Raises LinkInTheWay, OSError.
    """
    found = _passed.get(path)
    if found is None:
        return open(descriptor_of(home, path), "rb")
    if not isinstance(found, int):
        raise _error_of(*found, path)
    file = open(os.dup(found), "rb")  # noqa: PTH123, SIM115 - the same
    file.seek(0)
    return file


def read_file(home: Path, path: bytes) -> bytes:
    """All bytes of the regular file at an absolute path. Raises LinkInTheWay, OSError."""
    with open_file(home, path) as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "no regular file")
        return file.read(status.st_size)  # one that grows is not followed


def descriptor_of(home: Path, path: bytes) -> int:
    """A new descriptor of what is at an absolute path, following no link on the way to it.

    But for links in the path of a folder that the settings name: its owner named it so. It may be
    of a pipe or device: look before you read. Raises LinkInTheWay, OSError.
    """
    try:
        return NamedFolders().reach(path).open()
    except LinkInTheWay:
        named = [bytes(home), *map(bytes, Settings().folders_of_others)]
        return NamedFolders(named).reach(path).open()


def passable(home: Path, path: bytes) -> int | Refusal:
    """What another process is given for a path: a new descriptor of a regular file, or why not."""
    try:
        descriptor = descriptor_of(home, path)
    except OSError as error:
        return error.errno or errno.EIO, error.strerror or str(error)
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return descriptor
    os.close(descriptor)
    return errno.EINVAL, "no regular file"


def _error_of(number: int, text: str, path: bytes) -> OSError:
    return LinkInTheWay(text) if number == errno.ELOOP else OSError(number, text, path)

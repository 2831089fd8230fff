"""Fixity of one file: whether its bytes are still those whose SHA-256 was recorded.

The file is read once, in pieces, at most so many bytes per second, and nothing is changed. No link
is followed on the way to it, and nothing but a regular file is read.
"""

import errno
import hashlib
import os
import stat
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

from resources.preservation.bag import PIECE_BYTES
from resources.sources.passed_files import descriptor_of

MADE_UP_FOR_S = 1.0
"""Time without reading that later reading may make up for: longer ones would end in a burst."""

Wait = Callable[[float], None]


class Fixity(StrEnum):
    """What a check found."""

    OK = "ok"
    DAMAGED = "damaged"  # other bytes than were recorded
    MISSING = "missing"
    UNREADABLE = "unreadable"  # it is there; the system or the disk refuses


@dataclass(frozen=True)
class Checked:
    """One check: what was found, the SHA-256 (64 hex digits) of so many bytes, and a reason."""

    fixity: Fixity
    sha256: str | None = None
    size_bytes: int = 0
    reason: str | None = None


class Pace:
    """Keeps the reading of many files below so many bytes per second; 0 sets no bound."""

    def __init__(self, bytes_per_second: int, wait: Wait = time.sleep) -> None:
        self._bytes_per_second = bytes_per_second
        self._wait = wait
        self._due_s = time.monotonic()

    def read(self, count: int) -> None:
        """So many bytes more were read: wait until that many may have been."""
        if self._bytes_per_second:
            now_s = time.monotonic()
            begun_s = max(self._due_s, now_s - MADE_UP_FOR_S)
            self._due_s = begun_s + count / self._bytes_per_second
            self._wait(max(0.0, self._due_s - now_s))


def check_file(home: Path, path: bytes, sha256: str, pace: Pace) -> Checked:
    """Read the file at an absolute path and compare; every outcome is an answer, none is raised."""
    try:
        found, size_bytes = digest_of(home, path, pace)
    except (FileNotFoundError, NotADirectoryError):
        return Checked(Fixity.MISSING, reason="there is no file at its place")
    except OSError as error:
        reason = error.strerror or str(error)
        return Checked(Fixity.UNREADABLE, reason=f"it cannot be read: {reason}")
    if found == sha256:
        return Checked(Fixity.OK, found, size_bytes)
    reason = "its bytes are not those that were recorded: SHA-256 differs"
    return Checked(Fixity.DAMAGED, found, size_bytes, reason)


def digest_of(home: Path, path: bytes, pace: Pace) -> tuple[str, int]:
    """SHA-256 and size of a regular file. The pages it took in memory are given back.

    Of one that grows meanwhile, as much as there was. Raises LinkInTheWay, OSError.
    """
    digest, done = hashlib.sha256(), 0
    with os.fdopen(descriptor_of(home, path), "rb", buffering=0, closefd=True) as file:
        size = _size_of_regular(file)
        while piece := file.read(min(PIECE_BYTES, size - done)):
            digest.update(piece)
            _forget_pages(file, done, len(piece))
            done += len(piece)
            pace.read(len(piece))
    return digest.hexdigest(), done


def _size_of_regular(file: BinaryIO) -> int:
    status = os.fstat(file.fileno())
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "no regular file")
    return status.st_size


def _forget_pages(file: BinaryIO, start: int, count: int) -> None:
    if hasattr(os, "posix_fadvise"):  # macOS has none
        os.posix_fadvise(file.fileno(), start, count, os.POSIX_FADV_DONTNEED)

"""Fixity of one file: whether its bytes are still those whose SHA-256 was recorded.

The file is read once, in pieces, at most so many bytes per second, and nothing is changed. No link
is followed on the way to it.
"""

import hashlib
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from resources.sources.passed_files import descriptor_of

PIECE_BYTES = 1024 * 1024

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
        self._began_s = time.monotonic()
        self._bytes = 0

    def read(self, count: int) -> None:
        """So many bytes more were read: wait until that many may have been."""
        self._bytes += count
        if self._bytes_per_second:
            due_s = self._began_s + self._bytes / self._bytes_per_second
            self._wait(max(0.0, due_s - time.monotonic()))


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
    """SHA-256 and size of the file. The pages it took in memory are given back.

    Raises LinkInTheWay, OSError.
    """
    digest, size_bytes = hashlib.sha256(), 0
    with open(descriptor_of(home, path), "rb", buffering=0) as file:  # noqa: PTH123 - a descriptor
        while piece := file.read(PIECE_BYTES):
            digest.update(piece)
            os.posix_fadvise(file.fileno(), size_bytes, len(piece), os.POSIX_FADV_DONTNEED)
            size_bytes += len(piece)
            pace.read(len(piece))
    return digest.hexdigest(), size_bytes

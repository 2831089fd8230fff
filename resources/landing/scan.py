"""What is in a landing folder right now: every regular file, with the signature of its state.

Names are bytes, as the operating system has them. No symbolic link is followed; links, pipes,
sockets and devices are not files here. Hidden names, unfinished downloads and what operating
systems and NAS boxes drop beside pictures are passed over. Nothing is opened or read.
"""

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from operator import attrgetter
from typing import NamedTuple, Self

from resources.sources.source_identity import display_path

UNFINISHED = (b".part", b".tmp", b".crdownload", b".partial", b".filepart", b".download")
"""Ends of names under which browsers and copy tools write (Firefox, Chrome, wget, WinSCP, Safari),
in lower case."""

SYSTEM_NAMES = frozenset(
    {
        *(b"@eadir", b"#recycle", b"$recycle.bin", b"system volume information"),
        *(b"lost+found", b"__macosx", b"thumbs.db", b"desktop.ini"),
    }
)
"""What Synology, Windows, ext4 and macOS leave beside pictures, in lower case."""


LIMIT = 2**63
"""One more than the largest number of 64 signed bits."""


class Signature(NamedTuple):
    """The state of a file; equal signatures of one path mean unchanged bytes.

    Times are nanoseconds since 1970. All four are kept within 64 signed bits (inode numbers and
    far-off dates of some file systems are wider), so they fit into any table.
    """

    size_bytes: int
    mtime_ns: int
    ctime_ns: int
    inode: int

    @classmethod
    def of(cls, status: os.stat_result) -> Self:
        """The signature of a file from its status."""
        mtime_ns, ctime_ns, inode = status.st_mtime_ns, status.st_ctime_ns, status.st_ino
        if min(mtime_ns, ctime_ns) >= -LIMIT and max(mtime_ns, ctime_ns, inode) < LIMIT:
            return cls(status.st_size, mtime_ns, ctime_ns, inode)
        return cls(status.st_size, _int64(mtime_ns), _int64(ctime_ns), _int64(inode))


class FoundFile(NamedTuple):
    """A regular file; ``path`` is relative to the root, raw bytes."""

    path: bytes
    signature: Signature


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in a root that needs a person; ``path`` is relative to the root ("" = the root)."""

    root: str
    path: bytes
    reason: str

    def __str__(self) -> str:
        return f"{self.root}: {display_path(self.path)}: {self.reason}"


def walk(root_name: str, root: bytes) -> Iterator[FoundFile | Problem]:
    """Every file below ``root``, folder by folder in name order, and every folder it cannot read.

    What vanishes during the walk is left out; a missing or unreadable root is one Problem.
    """
    folders = [b""]
    while folders:
        subfolders = []
        for path, status in _entries(root_name, root, folders.pop()):
            if isinstance(status, Problem):
                yield status
            elif stat.S_ISDIR(status.st_mode):
                subfolders.append(path)
            elif stat.S_ISREG(status.st_mode):
                yield FoundFile(path, Signature.of(status))
        folders += reversed(subfolders)


def is_passed_over(name: bytes) -> bool:
    """Whether an entry of this name is hidden, unfinished, or the system's own."""
    lower = name.lower()
    return name.startswith(b".") or lower.endswith(UNFINISHED) or lower in SYSTEM_NAMES


def is_unfinished(name: bytes) -> bool:
    """Whether something is still being written under this name."""
    return name.lower().endswith(UNFINISHED)


def names_to_come(entries: Iterable[os.DirEntry[bytes]]) -> frozenset[bytes]:
    """The names that the unfinished files of a folder will have."""
    return frozenset(
        entry.name.rpartition(b".")[0] for entry in entries if is_unfinished(entry.name)
    )


Entry = tuple[bytes, os.stat_result | Problem]


def _entries(root_name: str, root: bytes, folder: bytes) -> Iterator[Entry]:
    """What a folder holds and may be of interest, by name; itself when it cannot be read."""
    try:
        with os.scandir(os.path.join(root, folder)) as found:  # noqa: PTH118 - bytes
            entries = sorted(found, key=attrgetter("name"))
    except FileNotFoundError:
        if not folder:  # another one vanished during the walk
            yield folder, Problem(root_name, folder, "the folder is not there (is it mounted?)")
        return
    except OSError as error:
        yield folder, Problem(root_name, folder, f"cannot be read ({error.strerror})")
        return
    prefix = folder + b"/" if folder else b""
    coming: frozenset[bytes] | None = None
    for entry in entries:
        name = entry.name
        if is_passed_over(name):
            continue
        status = _status(root_name, folder, entry)
        if status is None:
            continue
        if _is_empty(status):
            # Firefox puts an empty file where its download will be: it is not to be taken away.
            coming = names_to_come(entries) if coming is None else coming
            if name in coming:
                continue
        yield prefix + name, status


def _status(
    root_name: str, folder: bytes, entry: os.DirEntry[bytes]
) -> os.stat_result | Problem | None:
    """The status of an entry itself (never of what a link points to); None when it vanished."""
    try:
        return entry.stat(follow_symlinks=False)
    except FileNotFoundError:
        return None
    except OSError as error:
        path = os.path.join(folder, entry.name)  # noqa: PTH118
        return Problem(root_name, path, f"cannot be looked at ({error.strerror})")


def _is_empty(status: os.stat_result | Problem) -> bool:
    return isinstance(status, os.stat_result) and status.st_size == 0


def _int64(number: int) -> int:
    return (number + LIMIT) % (2 * LIMIT) - LIMIT

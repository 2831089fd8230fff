"""What is in a landing folder right now: every regular file, with the signature of its state.

Names are bytes, as the operating system has them. No symbolic link is followed, not even one that
takes the place of a folder while it is walked (``beneath``); links, pipes, sockets and devices are
passed over, and so are folders that ``exclusions`` names; whether a file is to be passed over is
asked later, of those that are not known. Nothing is opened or read but ``.mediaignore``.
"""

import os
import re
import stat
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from operator import itemgetter
from typing import NamedTuple, Self

from resources.landing.exclusions import (
    IGNORE_FILE,
    BadIgnoreFile,
    Exclusions,
    is_unfinished,
)
from resources.sources.source_identity import display_path
from resources.stores.beneath import READ_FOLDER, Folder, NamedFolders
from resources.stores.content_store import PARTIAL_NAME

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
        if -LIMIT <= mtime_ns < LIMIT and -LIMIT <= ctime_ns < LIMIT and inode < LIMIT:
            return cls(status.st_size, mtime_ns, ctime_ns, inode)
        return cls(status.st_size, _int64(mtime_ns), _int64(ctime_ns), _int64(inode))


class FoundFile(NamedTuple):
    """A regular file; ``path`` is relative to the root, raw bytes."""

    path: bytes
    signature: Signature


class PassedOver(NamedTuple):
    """An entry that is not looked into; ``path`` is relative to the root, raw bytes."""

    path: bytes
    reason: str
    is_folder: bool = False


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in a root that needs a person; ``path`` is relative to the root ("" = the root)."""

    root: str
    path: bytes
    reason: str

    def __str__(self) -> str:
        return f"{self.root}: {display_path(self.path)}: {self.reason}"


Found = FoundFile | PassedOver | Problem


def walk(
    root_name: str, root: bytes, exclusions: Exclusions, folders: NamedFolders | None = None
) -> Iterator[Found]:
    """Every file below ``root``, folder by folder in name order, and what it does not go into.

    ``folders`` is where the root is opened, once. What vanishes during the walk is left out; a
    missing or unreadable root is one Problem.
    """
    try:
        opened = (folders or NamedFolders()).at(root)
    except FileNotFoundError:
        yield Problem(root_name, b"", "the folder is not there (is it mounted?)")
    except OSError as error:
        yield Problem(root_name, b"", f"cannot be read ({error.strerror})")
    else:
        yield from _walk(root_name, opened, exclusions)


def _walk(root_name: str, root: Folder, exclusions: Exclusions) -> Iterator[Found]:
    folders = [b""]
    while folders:
        subfolders = []
        for path, status in _entries(root_name, root, folders.pop(), exclusions):
            if not isinstance(status, os.stat_result):
                yield status
            elif stat.S_ISREG(status.st_mode):
                yield FoundFile(path, Signature.of(status))
            elif not stat.S_ISDIR(status.st_mode):
                is_link = stat.S_ISLNK(status.st_mode)
                yield PassedOver(path, LINK if is_link else NO_FILE)
            elif reason := exclusions.why(path, is_folder=True):
                yield PassedOver(path, reason, is_folder=True)
            else:
                subfolders.append(path)
        folders += reversed(subfolders)


LINK, NO_FILE = "a symbolic link, which is not followed", "not a regular file"
PLACEHOLDER = "the empty place of an unfinished download"


Named = tuple[bytes, os.DirEntry[str]]
"""The raw name of an entry, and the entry; its status is asked of the folder's descriptor."""


def names_to_come(names: Iterable[bytes]) -> frozenset[bytes]:
    """The names that the unfinished files of a folder will have."""
    return frozenset(name.rpartition(b".")[0] for name in names if is_unfinished(name))


Entry = tuple[bytes, os.stat_result | PassedOver | Problem]


def _entries(
    root_name: str, root: Folder, folder: bytes, exclusions: Exclusions
) -> Iterator[Entry]:
    """What a folder holds, by name; itself when it cannot be read."""
    try:
        descriptor = root.open(folder, READ_FOLDER)
    except FileNotFoundError:
        return  # it vanished during the walk
    except OSError as error:
        yield folder, Problem(root_name, folder, f"cannot be read ({error.strerror})")
        return
    try:
        entries = _named_entries(root_name, descriptor, folder, exclusions)
        if isinstance(entries, Problem):
            yield folder, entries
        else:
            yield from _states(root_name, folder, entries)
    finally:
        os.close(descriptor)


def _states(root_name: str, folder: bytes, entries: list[Named]) -> Iterator[Entry]:
    prefix = folder + b"/" if folder else b""
    coming: frozenset[bytes] | None = None
    for name, entry in entries:
        if name.startswith(b".") and (name == UPLOADS or OUR_PARTIAL.fullmatch(name)):
            continue
        status = _status(root_name, prefix + name, entry)
        if status is None:
            continue
        if _is_empty(status):
            # Firefox puts an empty file where its download will be: it is not to be taken away.
            coming = names_to_come(name for name, _ in entries) if coming is None else coming
            if name in coming:
                yield prefix + name, PassedOver(prefix + name, PLACEHOLDER)
                continue
        yield prefix + name, status


def _named_entries(
    root_name: str, descriptor: int, folder: bytes, exclusions: Exclusions
) -> list[Named] | Problem:
    """The entries of an open folder by name, once it is known what is passed over in it."""
    try:
        with os.scandir(descriptor) as found:
            entries = [(entry.name.encode(ENCODING, "surrogateescape"), entry) for entry in found]
        entries.sort(key=itemgetter(0))
        has_ignore_file = any(name == IGNORE_FILE for name, _ in entries)
        exclusions.enter(descriptor, folder, has_ignore_file=has_ignore_file)
    except OSError as error:
        return Problem(root_name, folder, f"cannot be read ({error.strerror})")
    except BadIgnoreFile as error:
        reason = f"passed over as long as its .mediaignore cannot be understood: {error}"
        return Problem(root_name, folder, reason)
    return entries


ENCODING = sys.getfilesystemencoding()

OUR_PARTIAL = re.compile(PARTIAL_NAME.pattern.encode())
"""What ``media add`` is still copying in."""

UPLOADS = b".uploads"
"""The folder of a landing root in which files are that a browser still sends (``uploads``)."""


def _status(
    root_name: str, path: bytes, entry: os.DirEntry[str]
) -> os.stat_result | Problem | None:
    """The status of an entry itself (never of what a link points to); None when it vanished."""
    try:
        return entry.stat(follow_symlinks=False)
    except FileNotFoundError:
        return None
    except OSError as error:
        return Problem(root_name, path, f"cannot be looked at ({error.strerror})")


def _is_empty(status: os.stat_result | Problem) -> bool:
    return isinstance(status, os.stat_result) and status.st_size == 0


def _int64(number: int) -> int:
    return (number + LIMIT) % (2 * LIMIT) - LIMIT

"""What landing knows of files, as values: those that wait, those that were taken, and problems."""

import os
from dataclasses import dataclass
from enum import StrEnum

from resources.landing.scan import Signature
from resources.sources.identities import KnownSource

FilePlace = tuple[str, bytes]
"""A root's name and a path in it (relative; absolute if a list named the file)."""


class FileKind(StrEnum):
    """Why a file is looked at."""

    LOOSE = "loose"  # in the root itself
    FOLDER = "folder"  # in a folder of the root
    LIST = "list"  # a list of paths
    LISTED = "listed"  # named by a list


@dataclass(frozen=True, slots=True)
class Pending:
    """A file that was seen and not yet taken; ``since_s`` is when this state was first seen.

    ``listed_in`` is the list that named it, if one did. ``first_s`` is when the file was first
    seen, in whatever state; None: with this one.
    """

    root: str
    path: bytes
    signature: Signature
    since_s: float
    batch: str
    kind: FileKind
    listed_in: bytes | None = None
    first_s: float | None = None

    @property
    def name(self) -> bytes:
        """The raw file name."""
        return os.path.basename(self.path)  # noqa: PTH119 - bytes

    @property
    def is_claimed(self) -> bool:
        """Whether it is in its root, and a list wants it for its own batch."""
        return self.listed_in is not None and self.kind is not FileKind.LISTED


@dataclass(frozen=True, slots=True)
class KnownFile:
    """A file already taken, and the source it held (None: it is a list, and was read).

    ``ctime_ns`` is None when the ledger was made again from rows.
    """

    size_bytes: int
    mtime_ns: int
    ctime_ns: int | None
    inode: int
    batch: str
    source: KnownSource | None

    def is_same(self, signature: Signature, *, without_ctime: bool) -> bool:
        """Whether the file is unchanged; a missing ctime is accepted only ``without_ctime``."""
        found = (signature.size_bytes, signature.mtime_ns, signature.inode)
        if found != (self.size_bytes, self.mtime_ns, self.inode):
            return False
        return self.ctime_ns == signature.ctime_ns or (self.ctime_ns is None and without_ctime)


@dataclass(frozen=True, slots=True)
class FileProblem:
    """Why a file cannot be taken, how often it was tried, and when it is tried again."""

    reason: str
    attempts: int = 0
    retry_at_s: float = 0.0

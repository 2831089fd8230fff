"""A source as every asset sees it: identity, where its bytes are, and where files made of it go."""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from resources.configuration.media_home import MediaHome
from resources.stores.content_store import ContentStore


class ChangedOriginal(OSError):
    """The file was edited or has decayed since it was hashed; restore it, or let it land again."""


class FileState(NamedTuple):
    """What the system says of a file that nobody has written to since: times in ns since 1970."""

    device: int
    inode: int
    size_bytes: int
    mtime_ns: int
    ctime_ns: int


@dataclass(frozen=True)
class Source:
    """One source of any medium; ``source_id`` is its partition key.

    ``file_name`` is the name under which it was first seen, for display only (control and
    undecodable characters replaced). ``path`` is the absolute path of the bytes, as the operating
    system knows it (raw bytes): a kept copy under ``originals``, or a file of a read-only archive.
    ``home`` is the root of MEDIA_HOME. ``proven`` is the state of the file in which the same run
    has hashed it already; ``proofs`` collects the states in which ``content`` hashed it.
    """

    source_id: str
    sha256: str
    file_name: str
    path: bytes
    home: Path
    proven: FileState | None = None
    proofs: list[FileState] = field(default_factory=list, compare=False, repr=False)

    @property
    def derivatives(self) -> ContentStore:
        """Where files made from the source are kept."""
        return ContentStore(MediaHome(self.home).derivatives)

    @property
    def originals(self) -> ContentStore:
        """Where the bytes of its children are kept: pictures in it that become sources."""
        return ContentStore(MediaHome(self.home).originals)

    def content(self) -> bytes:
        """All bytes of the original, proven to be those that were accepted, once per run.

        Raises OSError when they cannot be read, ChangedOriginal when they are others.
        """
        descriptor = os.open(self.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        with open(descriptor, "rb") as file:  # noqa: PTH123 - a descriptor has no Path
            state = state_of(os.fstat(file.fileno()))
            content = file.read()
        if state != self.proven:
            if hashlib.sha256(content).hexdigest() != self.sha256:
                raise ChangedOriginal("the original's bytes are no longer those that were accepted")
            self.proofs.append(state)
        return content


def state_of(status: os.stat_result) -> FileState:
    """The state of a file from its status."""
    return FileState(
        status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns
    )


def original_path(home: Path, mode: str, path: bytes) -> bytes:
    """The absolute path of an original, from what its row says; ``home`` is MEDIA_HOME's root.

    A kept copy (mode "move") is relative to MEDIA_HOME, a referenced file where it always was.
    """
    return path if mode == "reference" else bytes(home) + b"/" + path


def source_of_row(home: Path, row: Mapping[str, Any]) -> Source:
    """The source that a row of ``ingest/original`` describes; ``home`` is MEDIA_HOME's root."""
    path = original_path(home, row["mode"], row["path"])
    return Source(row["image_id"], row["sha256"], row["file_name"], path, home)

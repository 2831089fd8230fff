"""A source as every asset sees it: identity, where its bytes are, and where files made of it go."""

import hashlib
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from resources.configuration.media_home import MediaHome
from resources.sources.passed_files import open_file
from resources.stores.content_store import ContentStore


class ChangedOriginal(OSError):
    """The file was edited or has decayed since it was hashed; restore it, or let it land again."""


@dataclass
class Memory:
    """What one visit keeps of a source, so that nothing is read or decoded twice.

    ``content`` are the original's bytes, ``files`` the bytes of the files made of it, ``pixels``
    those of its renditions (pyvips images in memory), both by the file's path.
    """

    content: bytes | None = None
    files: dict[str, bytes] = field(default_factory=dict)
    pixels: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Source:
    """One source of any medium; ``source_id`` is its partition key.

    ``file_name`` is the name under which it was first seen, for display only (control and
    undecodable characters replaced). ``path`` is the absolute path of the bytes, as the operating
    system knows it (raw bytes): a kept copy under ``originals``, or a file of a read-only archive.
    ``home`` is the root of MEDIA_HOME. ``memory`` is there while several derivatives are made of it
    in one visit. ``size_bytes`` is the size that was accepted; None: it is not known.
    """

    source_id: str
    sha256: str
    file_name: str
    path: bytes
    home: Path
    memory: Memory | None = field(default=None, compare=False, repr=False)
    size_bytes: int | None = None

    @property
    def derivatives(self) -> ContentStore:
        """Where files made from the source are kept."""
        return ContentStore(MediaHome(self.home).derivatives)

    @property
    def originals(self) -> ContentStore:
        """Where the bytes of its children are kept: pictures in it that become sources."""
        return ContentStore(MediaHome(self.home).originals)

    def content(self) -> bytes:
        """All bytes of the original, proven to be those that were accepted, once per visit.

        Raises OSError when they cannot be read, ChangedOriginal when they are others.
        """
        if self.memory is None:
            return self._proven_content()
        if self.memory.content is None:
            self.memory.content = self._proven_content()
        return self.memory.content

    def file_size(self) -> int:
        """The size of the original's file now, in bytes. Raises OSError."""
        with open_file(self.home, self.path) as file:
            return os.fstat(file.fileno()).st_size

    def opened(self) -> BinaryIO:
        """The original's file: a regular one of the accepted size, to which no link leads.

        Its bytes are not proven. Raises LinkInTheWay and other OSErrors, ChangedOriginal.
        """
        file = open_file(self.home, self.path)
        try:
            self._check_status(os.fstat(file.fileno()))
        except ChangedOriginal:
            file.close()
            raise
        return file

    def _check_status(self, status: os.stat_result) -> None:
        if not stat.S_ISREG(status.st_mode):
            raise ChangedOriginal("the original is no regular file any more")
        if self.size_bytes not in (None, status.st_size):
            raise ChangedOriginal("the original's size is no longer that which was accepted")

    def _proven_content(self) -> bytes:
        with self.opened() as file:
            size = os.fstat(file.fileno()).st_size
            content = file.read(size)  # one that grows is not followed
        if hashlib.sha256(content).hexdigest() != self.sha256:
            raise ChangedOriginal("the original's bytes are no longer those that were accepted")
        return content


def original_path(home: Path, mode: str, path: bytes) -> bytes:
    """The absolute path of an original, from what its row says; ``home`` is MEDIA_HOME's root.

    A kept copy (mode "move") is relative to MEDIA_HOME, a referenced file where it always was.
    """
    return path if mode == "reference" else bytes(home) + b"/" + path


def source_of_row(home: Path, row: Mapping[str, Any]) -> Source:
    """The source that a row of ``ingest/original`` describes; ``home`` is MEDIA_HOME's root."""
    path = original_path(home, row["mode"], row["path"])
    size = row.get("size_bytes")
    return Source(row["image_id"], row["sha256"], row["file_name"], path, home, size_bytes=size)

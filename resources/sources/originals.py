"""The source image as every asset sees it: identity plus where its bytes are."""

import hashlib
import os
from dataclasses import dataclass
from typing import NamedTuple

from resources.stores.content_store import ContentStore


class ChangedOriginal(OSError):
    """The file was edited or has decayed since it was hashed; restore it, or let it land anew."""


class FileState(NamedTuple):
    """What the system says of a file that nobody has written to since: times in ns since 1970."""

    device: int
    inode: int
    size_bytes: int
    mtime_ns: int
    ctime_ns: int


_proofs: dict[str, FileState] = {}
"""The file that this process has just proven to hold an image's bytes, by SHA-256."""


def take_proof(image: "SourceImage") -> FileState | None:
    """The state in which this process has read the image's file and hashed it, if it has."""
    return _proofs.pop(image.sha256, None)


@dataclass(frozen=True)
class SourceImage:
    """One source image; ``image_id`` is its partition key.

    ``file_name`` is the name under which it was first seen, for display only (control and
    undecodable characters replaced). ``path`` is the absolute path of the bytes, as the operating
    system knows it (raw bytes): a kept copy under ``originals``, or a file of a read-only archive.
    ``derivatives`` is where files made from the image are kept. ``proven`` is the state of the file
    in which the same run has hashed it already.
    """

    image_id: str
    sha256: str
    file_name: str
    path: bytes
    derivatives: ContentStore
    proven: FileState | None = None

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
            _proofs[self.sha256] = state
        return content


def state_of(status: os.stat_result) -> FileState:
    """The state of a file from its status."""
    return FileState(
        status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns
    )

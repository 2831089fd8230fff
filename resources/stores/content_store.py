"""Content-addressed files: the name is the SHA-256 of the bytes, so a file is written once.

A file is complete or absent: bytes go to a dot-temp name, are flushed to disk, then renamed.
"""

import hashlib
import os
import re
import secrets
import stat
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from resources.stores.beneath import NamedFolders
from resources.stores.outbox import SentFile, is_sending, send

READ_ONLY = 0o444
"""Of what is never changed; the umask takes the rights of others from it."""

PARTIAL_NAME = re.compile(r"\.[0-9a-f]{16}\.partial")
"""What ``partial_name`` calls a file that is being written."""


@dataclass(frozen=True)
class StoredFile:
    """One file of the store as a row names it. Sizes in px are of the upright picture."""

    path: str  # relative to MEDIA_HOME, "/" between parts
    sha256: str
    size_bytes: int
    media_type: str
    width_px: int | None = None
    height_px: int | None = None


@dataclass(frozen=True)
class ContentStore:
    """A folder of content-addressed files below MEDIA_HOME."""

    root: Path

    def path_of(self, sha256: str, suffix: str) -> Path:
        """Where the bytes with this digest are kept: ``aa/bb/<sha256><suffix>``."""
        return self.root / sha256[:2] / sha256[2:4] / f"{sha256}{suffix}"

    def put(
        self,
        content: bytes,
        suffix: str,
        media_type: str,
        *,
        size_px: tuple[int | None, int | None] = (None, None),
    ) -> StoredFile:
        """Keep ``content`` and return its record. Storing the same bytes twice writes nothing.

        In a process that may not write, the bytes go back with its answer: see ``outbox``.
        """
        sha256 = hashlib.sha256(content).hexdigest()
        target = self.path_of(sha256, suffix)
        if is_sending():
            send(SentFile(self.root.name, suffix, content))
        elif not target.exists():
            write_durably(target, content, partial_name(self.root / target.name))
        relative = target.relative_to(self.root.parent).as_posix()
        return StoredFile(relative, sha256, len(content), media_type, *size_px)

    def remove_abandoned(self, before: datetime) -> int:
        """Delete what killed writers left, last written before then; return how many files.

        Partial files are in ``root`` itself, so that nobody has to walk a million folders.
        """
        abandoned = [path for path in self.root.glob(".*.partial") if is_older(path, before)]
        for path in abandoned:
            path.unlink(missing_ok=True)
        return len(abandoned)


def is_older(path: Path, before: datetime) -> bool:
    """Whether the file was last written before then; False when it is gone."""
    try:
        return path.stat().st_mtime < before.timestamp()
    except FileNotFoundError:  # its writer has just renamed it
        return False


def write_durably(target: Path, content: bytes, partial: Path) -> None:
    """Write ``target`` by way of ``partial``: after a crash or power cut it is whole or absent."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with create(partial, READ_ONLY) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    sync_folder(target.parent)


def create(path: Path, mode: int) -> BinaryIO:
    """Create and open a file that has this mode, less the umask, from its first moment on.

    Raises FileExistsError, also for a link; OSError.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    return open(os.open(path, flags, mode), "wb")  # noqa: PTH123 - a descriptor


def remove_abandoned_copies(folder: Path, before: datetime) -> int:
    """Delete copies into a landing folder whose writer was killed; return how many files.

    Only names that ``partial_name`` gives, unchanged since then: a copy keeps the dates of the
    user's file, so what counts is when the file itself was last touched (ctime). No link is
    followed. Raises OSError when the folder cannot be opened.
    """
    landing = NamedFolders().at(bytes(folder.expanduser().absolute()))
    return sum(_remove_abandoned(descriptor, before) for descriptor in landing.folders())


def _remove_abandoned(folder: int, before: datetime) -> int:
    """Delete the old partial files of an open folder; return how many."""
    abandoned = [name for name in os.listdir(folder) if _is_abandoned(folder, name, before)]
    for name in abandoned:
        with suppress(FileNotFoundError):
            os.unlink(name, dir_fd=folder)
    return len(abandoned)


def _is_abandoned(folder: int, name: str, before: datetime) -> bool:
    if not PARTIAL_NAME.fullmatch(name):
        return False
    try:
        status = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return stat.S_ISREG(status.st_mode) and status.st_ctime < before.timestamp()


def sha256_of_file(path: Path) -> str:
    """The SHA-256 of a file's content, 64 hex digits. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def partial_name(target: Path) -> Path:
    """A dot-temp name beside ``target``, never seen by ``*.parquet``-like patterns."""
    return target.with_name(f".{secrets.token_hex(8)}.partial")


def sync_folder(folder: Path) -> None:
    """Flush ``folder``'s entries, so that a rename in it survives a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

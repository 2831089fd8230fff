"""A BagIt bag (RFC 8493): plain files below ``data/``, with a list of the SHA-256 of each.

Any tool can check one: ``sha256sum --check manifest-sha256.txt`` inside it. A bag is what its
manifest says; other files that a killed writer has left do not count. The manifest takes its name
before ``bag-info.txt`` does: a reader that comes in between finds the info under another name.

A bag may come from anywhere. It is read through ``OpenFolder``; its lists are bounded, and a name
that no backup gives makes it a damaged one.
"""

import hashlib
import os
import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from resources.preservation.bag_places import (
    LONGEST_NAME,
    place_of,
    sha256_in,
    state_of,
)
from resources.stores.content_store import READ_ONLY
from resources.stores.open_folder import CREATE, NotRegular, OpenFolder

BAGIT = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
MANIFEST = "manifest-sha256.txt"
INFO = "bag-info.txt"
NEXT_INFO = ".bag-info.next.txt"
STATE_LABEL = "Media-State"
OXUM_LABEL = "Payload-Oxum"
PIECE_BYTES = 1024 * 1024

MOST_INFO_BYTES = 1024 * 1024
MOST_FILES = 10_000_000
"""About a million images with all that is made of each."""

LINE = re.compile(rb"([0-9a-f]{64})  (data/[!-~]+)\n?")
LONGEST_LINE = 64 + 2 + LONGEST_NAME + 1
OXUM = re.compile(r"(\d{1,18})\.(\d{1,8})")


class DamagedBag(ValueError):
    """A bag does not hold what it says, or does not say it."""


@dataclass(frozen=True)
class Oxum:
    """What a bag declares to hold: so many bytes in so many files."""

    bytes: int
    files: int


@dataclass(frozen=True)
class Bag:
    """A folder that is, or becomes, a bag. Names in it are written with "/" and begin at it."""

    root: Path

    @property
    def exists(self) -> bool:
        """Whether the bag was finished at least once. Raises OSError."""
        if not self.root.is_dir():
            return False
        with OpenFolder.at(self.root) as folder:
            return folder.size_of(MANIFEST) is not None

    def manifest(self) -> dict[str, str]:
        """Name -> SHA-256 of every file, each in a place that a backup fills.

        Raises DamagedBag when there is none, or a line cannot be read, names another place or
        comes twice; OSError.
        """
        with OpenFolder.at(self.root) as folder:
            return self._manifest(folder)

    def _manifest(self, folder: OpenFolder) -> dict[str, str]:
        found: dict[str, str] = {}
        states: set[str] = set()
        with self._tag_file(folder, MANIFEST, MOST_FILES * LONGEST_LINE) as file:
            while line := file.readline(LONGEST_LINE + 1):
                name, sha256 = self._entry(line)
                states |= {state} if (state := state_of(name)) else set()
                if name in found or len(found) == MOST_FILES or len(states) > 1:
                    raise self._damaged(f"{name} is named twice, or there are too many names")
                found[name] = sha256
        return found

    def _entry(self, line: bytes) -> tuple[str, str]:
        match = LINE.fullmatch(line)
        name = match[2].decode() if match else ""
        place = place_of(name) if name else None
        if match is None or place is None:
            raise self._damaged(f"a line names no file of a backup: {line[:200]!r}")
        sha256 = match[1].decode()
        if sha256_in(place) not in (None, sha256):
            raise self._damaged(f"{name} has the name of other bytes")
        return name, sha256

    def info(self) -> dict[str, str]:
        """What ``bag-info.txt`` says, by label, of the bag that the manifest tells of.

        Raises DamagedBag when it cannot be read or says something twice, OSError.
        """
        with OpenFolder.at(self.root) as folder:
            state = next(filter(None, map(state_of, self._manifest(folder))), None)
            info = self._info(folder, INFO)
            if state not in (None, info.get(STATE_LABEL)) and folder.size_of(NEXT_INFO) is not None:
                info = self._info(folder, NEXT_INFO)
            if state not in (None, info.get(STATE_LABEL)):
                raise self._damaged("bag-info.txt is of another backup than the manifest")
            return info

    def _info(self, folder: OpenFolder, name: str) -> dict[str, str]:
        with self._tag_file(folder, name, MOST_INFO_BYTES) as file:
            try:
                text = file.read(MOST_INFO_BYTES).decode()
            except UnicodeDecodeError as error:
                raise self._damaged(f"{name} is no text") from error
        lines = [line.partition(": ") for line in text.split("\n") if line]
        labels = {label: value for label, separator, value in lines if separator}
        if len(labels) != len(lines):
            raise self._damaged(f"{name} says something twice, or in no known form")
        return labels

    @contextmanager
    def _tag_file(self, folder: OpenFolder, name: str, most_bytes: int) -> Iterator[BinaryIO]:
        try:
            with folder.reading(name) as file:
                if os.fstat(file.fileno()).st_size > most_bytes:
                    raise self._damaged(f"{name} is longer than {most_bytes:,} bytes")
                yield file
        except (FileNotFoundError, NotRegular) as error:
            raise self._damaged(f"{name} cannot be read: {error}") from error

    def _damaged(self, what: str) -> DamagedBag:
        return DamagedBag(f"the backup in {self.root} is damaged: {what}")

    def finish(self, manifest: Mapping[str, str], info: Mapping[str, str]) -> None:
        """Make the bag say that it holds these files, durably."""
        told = "".join(f"{label}: {value}\n" for label, value in info.items())
        lines = (f"{sha256}  {name}\n" for name, sha256 in sorted(manifest.items()))
        with OpenFolder.at(self.root) as folder:
            write_whole(folder, "bagit.txt", [BAGIT])
            write_whole(folder, NEXT_INFO, [told])
            write_whole(folder, MANIFEST, lines)
            write_whole(folder, INFO, [told])
            folder.remove(NEXT_INFO)


def declared(info: Mapping[str, str]) -> Oxum:
    """What the bag says of its size. Raises DamagedBag."""
    found = OXUM.fullmatch(info.get(OXUM_LABEL, ""))
    if found is None:
        raise DamagedBag(f"the backup's {INFO} does not say how much it holds ({OXUM_LABEL})")
    return Oxum(int(found[1]), int(found[2]))


def write_whole(folder: OpenFolder, name: str, lines: Iterator[str] | Sequence[str]) -> None:
    """Write a tag file so that after a crash or power cut it is whole or absent."""
    with new_file(folder, name, READ_ONLY) as file:
        file.writelines(line.encode() for line in lines)
        file.flush()
        os.fsync(file.fileno())
    os.fsync(folder.descriptor)


@contextmanager
def new_file(folder: OpenFolder, name: str, mode: int) -> Iterator[BinaryIO]:
    """A file that gets its name when the block ends well; folders on the way are made.

    It has its final mode, less the umask, from the first moment on. What was there before is
    replaced; a link is replaced, not followed. Raises NotRegular, OSError.
    """
    with folder.holding(name, make=True) as (holder, last):
        partial = f".{secrets.token_hex(8)}.partial"
        descriptor = os.open(partial, CREATE, mode, dir_fd=holder)
        try:
            with open(descriptor, "wb") as file:  # noqa: PTH123 - a descriptor
                yield file
            os.rename(partial, last, src_dir_fd=holder, dst_dir_fd=holder)
        except BaseException:
            os.unlink(partial, dir_fd=holder)
            raise


@dataclass(frozen=True)
class Copied:
    """What was copied."""

    sha256: str
    bytes: int


def copy_hashed(
    source: OpenFolder,
    name: str,
    target: OpenFolder,
    target_name: str,
    *,
    expected: str | None = None,
    mode: int | None = None,
    most_bytes: int | None = None,
) -> Copied:
    """Copy a file, unless its bytes are not the expected ones.

    The copy is whole or absent when this process is killed; it is not flushed to disk, which the
    writer of a bag does once for all files. ``mode`` is that of the copy, less the umask; None is
    the source's. Raises DamagedBag when the bytes are others or more than ``most_bytes`` (nothing
    is copied then), NotRegular, OSError.
    """
    with source.reading(name) as file:
        found = os.fstat(file.fileno())
        if most_bytes is not None and found.st_size > most_bytes:
            raise DamagedBag(f"{source.path / name} is longer than the backup says it may be")
        with new_file(target, target_name, found.st_mode & 0o777 if mode is None else mode) as copy:
            copied = _copy(file, copy, found.st_size)
            if expected not in (None, copied.sha256) or file.read(1):
                raise DamagedBag(
                    f"{source.path / name} holds other bytes than were stored under this name"
                )
    return copied


def _copy(file: BinaryIO, copy: BinaryIO, size: int) -> Copied:
    digest = hashlib.sha256()
    done = 0
    while piece := file.read(min(PIECE_BYTES, size - done)):
        digest.update(piece)
        copy.write(piece)
        done += len(piece)
    return Copied(digest.hexdigest(), done)


def sha256_in_folder(folder: OpenFolder, name: str) -> str:
    """The SHA-256 of a file, 64 hex digits. Raises NotRegular, OSError."""
    with folder.reading(name) as file:
        digest = hashlib.sha256()
        while piece := file.read(PIECE_BYTES):
            digest.update(piece)
        return digest.hexdigest()

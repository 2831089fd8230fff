"""A BagIt bag (RFC 8493): plain files below ``data/``, with a list of the SHA-256 of each.

Any tool can check one: ``sha256sum --check manifest-sha256.txt`` inside it. The manifest takes its
name last, so a bag is what its manifest says; other files that a killed writer has left do not
count.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from resources.stores.content_store import partial_name, write_durably

DECLARATION = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
MANIFEST = "manifest-sha256.txt"
INFO = "bag-info.txt"
PAYLOAD = "data"
PIECE_BYTES = 1024 * 1024


class DamagedBag(ValueError):
    """A bag does not hold what it says, or does not say it."""


@dataclass(frozen=True)
class Bag:
    """A folder that is, or becomes, a bag. Paths in it are written with "/" and begin at it."""

    root: Path

    @property
    def exists(self) -> bool:
        """Whether the bag was finished at least once."""
        return (self.root / MANIFEST).is_file()

    def manifest(self) -> dict[str, str]:
        """Path -> SHA-256 of every file. Raises DamagedBag when a line cannot be read."""
        lines = self._read(MANIFEST).splitlines()
        entries = [line.split(maxsplit=1) for line in lines]
        if any(len(entry) != 2 or not is_inside(entry[1]) for entry in entries):
            raise DamagedBag(f"{self.root / MANIFEST} is damaged: a line names no file of the bag")
        return {path: sha256 for sha256, path in entries}

    def info(self) -> dict[str, str]:
        """What ``bag-info.txt`` says, by label. Raises DamagedBag when it cannot be read."""
        lines = [line.partition(": ") for line in self._read(INFO).splitlines()]
        return {label: value for label, separator, value in lines if separator}

    def finish(self, manifest: Mapping[str, str], info: Mapping[str, str]) -> None:
        """Make the bag say that it holds these files, durably."""
        self._write("bagit.txt", DECLARATION)
        self._write(INFO, "".join(f"{label}: {value}\n" for label, value in info.items()))
        lines = (f"{sha256}  {path}\n" for path, sha256 in sorted(manifest.items()))
        self._write(MANIFEST, "".join(lines))

    def _read(self, name: str) -> str:
        try:
            return (self.root / name).read_text()
        except (FileNotFoundError, UnicodeDecodeError) as error:
            raise DamagedBag(f"{self.root / name} cannot be read: {error}") from error

    def _write(self, name: str, content: str) -> None:
        write_durably(self.root / name, content.encode(), partial_name(self.root / name))


def is_inside(path: str) -> bool:
    """Whether a path of a manifest stays below the bag's payload folder."""
    parts = path.split("/")
    return parts[0] == PAYLOAD and len(parts) > 1 and not {"", ".", ".."} & set(parts)


def copy_hashed(source: Path, target: Path, expected: str | None = None) -> str:
    """Copy a file, unless its bytes are not the expected ones; return their SHA-256.

    The copy is whole or absent when this process is killed; it is not flushed to disk, which the
    writer of a bag does once for all files. Raises DamagedBag when the bytes are others (nothing is
    copied then), OSError.
    """
    partial = partial_name(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    try:
        with source.open("rb") as file, partial.open("wb") as copy:
            while piece := file.read(PIECE_BYTES):
                digest.update(piece)
                copy.write(piece)
        if expected not in (None, digest.hexdigest()):
            raise DamagedBag(f"{source} holds other bytes than were stored under this name")
        partial.chmod(source.stat().st_mode & 0o777)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    return digest.hexdigest()

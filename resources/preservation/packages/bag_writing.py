"""Writes a BagIt bag (RFC 8493) as a ZIP whose bytes depend on its content alone.

Entries are stored, not compressed (pictures already are), in the order of their names, all of one
date. The hashes of all files are known before the first byte is written, so the tag files come
first and a reader sees at once what is in a package.
"""

import hashlib
import stat
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO

from resources.preservation.bag import BAGIT, INFO, MANIFEST, OXUM_LABEL, PIECE_BYTES
from resources.preservation.packages.package_places import PAYLOAD

TAG_MANIFEST = "tagmanifest-sha256.txt"
ZIP_DATE = (1980, 1, 1, 0, 0, 0)
"""The first day that a ZIP can name."""

UNIX = 3
"""``create_system`` of an entry whose mode is that of a Unix file."""

MODE = (stat.S_IFREG | 0o644) << 16


class ChangedFile(OSError):
    """A file holds other bytes than were recorded of it: nothing is packed."""


@dataclass(frozen=True)
class PayloadFile:
    """One file of a bag; ``name`` is below ``data/``. ``opened`` gives its bytes, to be proven."""

    name: str
    sha256: str
    size_bytes: int
    opened: Callable[[], BinaryIO]


def document(name: str, content: bytes) -> PayloadFile:
    """A file of the payload whose bytes are at hand."""
    sha256 = hashlib.sha256(content).hexdigest()
    return PayloadFile(name, sha256, len(content), lambda: BytesIO(content))


@dataclass(frozen=True)
class NewBag:
    """A bag to be written; ``root`` is the one folder that its ZIP holds."""

    root: str
    payload: Sequence[PayloadFile]
    info: Mapping[str, str]

    @property
    def tag_files(self) -> dict[str, bytes]:
        """The files that say what the bag is and holds, by name."""
        size = sum(one.size_bytes for one in self.payload)
        info = {**self.info, OXUM_LABEL: f"{size}.{len(self.payload)}"}
        tags = {
            INFO: "".join(f"{label}: {value}\n" for label, value in info.items()).encode(),
            "bagit.txt": BAGIT.encode(),
            MANIFEST: manifest({PAYLOAD + one.name: one.sha256 for one in self.payload}),
        }
        hashes = {name: hashlib.sha256(content).hexdigest() for name, content in tags.items()}
        return {**tags, TAG_MANIFEST: manifest(hashes)}

    def write(self, target: BinaryIO) -> None:
        """Write the ZIP. Raises ChangedFile when a file is not what it should be, OSError."""
        with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
            for name, content in self.tag_files.items():
                with archive.open(entry(f"{self.root}/{name}", len(content)), "w") as file:
                    file.write(content)
            for one in sorted(self.payload, key=lambda one: one.name):
                added = entry(f"{self.root}/{PAYLOAD}{one.name}", one.size_bytes)
                with one.opened() as source, archive.open(added, "w") as file:
                    for piece in proven_pieces(source, one):
                        file.write(piece)

    def is_in(self, file: BinaryIO) -> bool:
        """Whether a ZIP holds this very bag, by its tag files and the sizes of all others.

        Raises zipfile.BadZipFile for what is no ZIP.
        """
        with zipfile.ZipFile(file) as archive:
            found = {one.filename: one.file_size for one in archive.infolist()}
            tags = self.tag_files
            wanted = {f"{self.root}/{name}": len(content) for name, content in tags.items()}
            wanted |= {f"{self.root}/{PAYLOAD}{one.name}": one.size_bytes for one in self.payload}
            return found == wanted and all(
                archive.read(f"{self.root}/{name}") == content for name, content in tags.items()
            )


def proven_pieces(source: BinaryIO, expected: PayloadFile) -> Iterator[bytes]:
    """The bytes of a file. Raises ChangedFile at its end unless it was what it should be, OSError.

    Of a file that has grown no more is read than it should have, and one byte.
    """
    digest = hashlib.sha256()
    left = expected.size_bytes
    while piece := source.read(min(PIECE_BYTES, left + 1)):
        left -= len(piece)
        digest.update(piece)
        if left < 0:
            break
        yield piece
    if left or digest.hexdigest() != expected.sha256:
        raise ChangedFile(
            f"{expected.name}: its bytes are no longer those whose SHA-256 was recorded"
        )


def manifest(hashes: Mapping[str, str]) -> bytes:
    """A manifest of these files."""
    lines = (f"{sha256}  {name}\n" for name, sha256 in sorted(hashes.items()))
    return "".join(lines).encode()


def entry(name: str, size_bytes: int) -> zipfile.ZipInfo:
    """An entry of the ZIP that is the same on every machine and day."""
    info = zipfile.ZipInfo(name, ZIP_DATE)
    info.file_size = size_bytes
    info.create_system = UNIX
    info.external_attr = MODE
    return info

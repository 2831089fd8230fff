"""Opens an archive package that may come from anybody: nothing in it is believed unproven.

Entries are read, never unpacked by their names. Names, kinds, number and sizes are checked before
any content is read; a stored (not compressed) entry cannot be larger than the file that holds it,
so that nothing grows. Every byte is proven against the manifest, and the manifest by its own hash.
"""

import hashlib
import io
import re
import stat
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO

from resources.preservation.bag import BAGIT, INFO, MANIFEST, PIECE_BYTES
from resources.preservation.packages.bag_writing import TAG_MANIFEST
from resources.preservation.packages.package_places import BAG_NAME, PAYLOAD, PLACE

MOST_FILES = 200_000
"""About 10,000 pictures with all that is made of each."""

MOST_DIRECTORY_BYTES = 64 * 1024**2
"""Of the ZIP's list of its entries, which is read at once: MOST_FILES with the longest names."""

MOST_TAG_BYTES = 64 * 1024**2
TAG_NAMES = frozenset({"bagit.txt", INFO, MANIFEST, TAG_MANIFEST})
LINE = re.compile(rb"([0-9a-f]{64})  ([!-~]{1,400})")
ENCRYPTED = 0x1


class RefusedPackage(ValueError):
    """A file is no archive package, or not one that can be trusted to be whole."""


class BoundedReads(io.RawIOBase):
    """A file of which no more than MOST_DIRECTORY_BYTES are read at once."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def read(self, size: int = -1) -> bytes:
        """The next bytes. Raises RefusedPackage when too many are wanted."""
        if size > MOST_DIRECTORY_BYTES:
            raise RefusedPackage("the list of its entries is too long")
        return self._file.read(size if size >= 0 else MOST_DIRECTORY_BYTES)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """As for any file."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """As for any file."""
        return self._file.tell()

    def seekable(self) -> bool:
        """Always."""
        return True


@dataclass(frozen=True)
class Package:
    """An open package; ``manifest`` has the SHA-256 of every file below ``data/``, by its name."""

    archive: zipfile.ZipFile
    root: str
    manifest: dict[str, str]

    @property
    def source_ids(self) -> set[str]:
        """The pictures in it."""
        return {name.partition("/")[0] for name in self.manifest}

    def size_of(self, name: str) -> int:
        """The bytes of a file."""
        return self.archive.getinfo(f"{self.root}/{PAYLOAD}{name}").file_size

    def content(self, name: str) -> bytes:
        """All bytes of a file. Raises RefusedPackage unless they are those of the manifest."""
        target = io.BytesIO()
        self.copy(name, target)
        return target.getvalue()

    def prove(self, name: str) -> None:
        """Read a file to its end. Raises RefusedPackage unless it is that of the manifest."""
        self.copy(name, None)

    def copy(self, name: str, target: BinaryIO | None) -> None:
        """Copy a file's bytes. Raises RefusedPackage unless they are those of the manifest."""
        digest = hashlib.sha256()
        for piece in pieces(self.archive, f"{self.root}/{PAYLOAD}{name}"):
            digest.update(piece)
            if target is not None:
                target.write(piece)
        if digest.hexdigest() != self.manifest[name]:
            raise RefusedPackage(f"{name} is damaged: its SHA-256 is not that of the manifest")


@contextmanager
def opened_package(file: BinaryIO) -> Iterator[Package]:
    """The package in a file. Raises RefusedPackage, OSError."""
    try:
        with zipfile.ZipFile(BoundedReads(file)) as archive:
            yield checked(archive, file.seek(0, io.SEEK_END))
    except (zipfile.BadZipFile, NotImplementedError, EOFError, UnicodeDecodeError) as error:
        raise RefusedPackage(f"it is no sound ZIP: {error}") from error


def checked(archive: zipfile.ZipFile, size_bytes: int) -> Package:
    """The package in a ZIP of so many bytes. Raises RefusedPackage."""
    entries = archive.infolist()
    refuse_entries(entries, size_bytes)
    names = [one.filename for one in entries]
    roots = {name.partition("/")[0] for name in names}
    root = next(iter(roots), "")
    if len(roots) != 1 or not BAG_NAME.fullmatch(root):
        raise RefusedPackage("it does not hold one folder with a bag")
    inside = {name.partition("/")[2] for name in names}
    if not inside >= TAG_NAMES:
        raise RefusedPackage(f"it is no bag: {', '.join(sorted(TAG_NAMES - inside))} missing")
    payload = inside - TAG_NAMES
    for name in payload:
        refuse_name(name)
    return Package(archive, root, proven_manifest(archive, root, payload))


def refuse_entries(entries: list[zipfile.ZipInfo], size_bytes: int) -> None:
    """Raise RefusedPackage for entries that are not plain stored files, or too many."""
    if len(entries) > MOST_FILES:
        raise RefusedPackage(f"it has {len(entries):,} entries; {MOST_FILES:,} are allowed")
    if len({one.filename for one in entries}) != len(entries):
        raise RefusedPackage("it has two entries of one name")
    for one in entries:
        mode = one.external_attr >> 16
        if stat.S_IFMT(mode) not in (0, stat.S_IFREG) or one.is_dir():
            raise RefusedPackage(f"{one.filename} is a link, folder or device: files only")
        if one.flag_bits & ENCRYPTED:
            raise RefusedPackage(f"{one.filename} is encrypted")
        if one.compress_type != zipfile.ZIP_STORED or one.compress_size != one.file_size:
            raise RefusedPackage(f"{one.filename} is compressed: packages are stored as they are")
    if sum(one.file_size for one in entries) > size_bytes:
        raise RefusedPackage("its entries are said to be longer than the file itself")


def refuse_name(name: str) -> None:
    """Raise RefusedPackage for a name that no package has."""
    if not name.startswith(PAYLOAD) or not PLACE.fullmatch(name.removeprefix(PAYLOAD)):
        raise RefusedPackage(f"it holds {name[:200]!r}, which is no place in a package")


def proven_manifest(archive: zipfile.ZipFile, root: str, payload: set[str]) -> dict[str, str]:
    """Name below ``data/`` -> SHA-256, of the very files that are there. Raises RefusedPackage."""
    tags = {name: tag_file(archive, f"{root}/{name}") for name in TAG_NAMES}
    if tags["bagit.txt"] != BAGIT.encode():
        raise RefusedPackage("its bagit.txt is not that of a bag of version 1.0 in UTF-8")
    found = {name: hashlib.sha256(content).hexdigest() for name, content in tags.items()}
    found.pop(TAG_MANIFEST)
    if hashes(tags[TAG_MANIFEST], TAG_MANIFEST) != found:
        raise RefusedPackage(f"its tag files are not those that {TAG_MANIFEST} lists")
    listed = hashes(tags[MANIFEST], MANIFEST)
    if listed.keys() != payload:
        differing = sorted(listed.keys() ^ payload)[0]
        raise RefusedPackage(f"{differing[:200]} is in the manifest or in the bag, but not in both")
    return {name.removeprefix(PAYLOAD): sha256 for name, sha256 in listed.items()}


def hashes(content: bytes, where: str) -> dict[str, str]:
    """What a manifest lists. Raises RefusedPackage for a line of another form, or one twice."""
    found: dict[str, str] = {}
    for line in content.removesuffix(b"\n").split(b"\n"):
        match = LINE.fullmatch(line)
        name = match[2].decode() if match else ""
        if match is None or name in found:
            raise RefusedPackage(f"{where} has a line that is wrong or there twice: {line[:80]!r}")
        found[name] = match[1].decode()
    return found


def tag_file(archive: zipfile.ZipFile, name: str) -> bytes:
    """The bytes of a tag file. Raises RefusedPackage."""
    if archive.getinfo(name).file_size > MOST_TAG_BYTES:
        raise RefusedPackage(f"{name} is too long")
    return b"".join(pieces(archive, name))


def pieces(archive: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    """The bytes of an entry."""
    with archive.open(name) as file:
        while piece := file.read(PIECE_BYTES):
            yield piece

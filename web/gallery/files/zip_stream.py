"""A zip file that is sent while it is written: nothing of it lies on the disk or in memory.

Pictures are stored, not compressed (they are compressed already); files of any size and number fit
(ZIP64). An original that cannot be read is named in a text file within, with the reason.
"""

import io
import os
import time
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from typing import BinaryIO, NamedTuple

from resources.sources.originals import Source

CHUNK_BYTES = 1024**2

MISSING = "MISSING FILES.txt"
"""Its first line says what it is; then one line for each file that is not there."""

HEAD = "These originals could not be read and are not in this zip file:"

EARLIEST, LATEST = (1980, 1, 1, 0, 0, 0), (2107, 12, 31, 23, 59, 58)
"""Dates that a zip file can say (PKWARE APPNOTE 4.4.6)."""


class Entry(NamedTuple):
    """A name in the zip file, and the original whose bytes it gets."""

    name: str
    source: Source


class Outlet(io.RawIOBase):
    """Takes what zipfile writes until it is sent on; cannot be rewound, like a connection."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        """Yes."""
        return True

    def write(self, content: object, /) -> int:
        """Keep the bytes; returns how many there are."""
        part = bytes(content)  # type: ignore[call-overload]  # a buffer
        self._parts.append(part)
        return len(part)

    def taken(self) -> bytes:
        """All that was written since the last call."""
        found = b"".join(self._parts)
        self._parts.clear()
        return found


def zipped(entries: Iterable[Entry], missing: Sequence[str] = ()) -> Iterator[bytes]:
    """The bytes of the zip file; ``missing`` are lines about what could not be an entry."""
    outlet = Outlet()
    told = list(missing)
    with zipfile.ZipFile(outlet, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
        for entry in entries:
            try:
                file = entry.source.opened()
            except OSError as error:
                told.append(missing_line(entry.name, error))
                continue
            with file:
                yield from added(archive, outlet, entry.name, file)
        if told:
            archive.writestr(MISSING, "\n".join([HEAD, *told, ""]))
    yield outlet.taken()


def added(archive: zipfile.ZipFile, outlet: Outlet, name: str, file: BinaryIO) -> Iterator[bytes]:
    """Write one file into the zip file, and give what is to be sent meanwhile."""
    info = zip_info(name, os.fstat(file.fileno()))
    with archive.open(info, "w", force_zip64=True) as target:
        for chunk in chunks(file, info.file_size):
            target.write(chunk)
            yield outlet.taken()


def missing_line(name: str, error: OSError) -> str:
    """Which file is not there and why, without the paths of this machine."""
    return f"{name}: {error.strerror or error}"


def zip_info(name: str, status: os.stat_result) -> zipfile.ZipInfo:
    """The name, date, mode and size of a file as the zip file says them."""
    when = time.localtime(status.st_mtime)[:6]
    info = zipfile.ZipInfo(name, min(max(when, EARLIEST), LATEST))
    info.external_attr = (status.st_mode & 0xFFFF) << 16
    info.file_size = status.st_size
    return info


def chunks(file: BinaryIO, size_bytes: int) -> Iterator[bytes]:
    """The first so many bytes of a file; one that grows is not followed."""
    left = size_bytes
    while left and (chunk := file.read(min(CHUNK_BYTES, left))):
        left -= len(chunk)
        yield chunk

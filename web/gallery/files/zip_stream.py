"""A zip file that is sent while it is written: nothing of it lies on the disk or in memory.

Pictures are stored, not compressed (they are compressed already); files of any size and number fit
(ZIP64).
"""

import io
import os
import time
import zipfile
from collections.abc import Iterable, Iterator
from typing import BinaryIO, NamedTuple

from resources.sources.originals import Source

CHUNK_BYTES = 1024**2

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


def zipped(entries: Iterable[Entry]) -> Iterator[bytes]:
    """The bytes of the zip file. Raises OSError where a file cannot be read."""
    outlet = Outlet()
    with zipfile.ZipFile(outlet, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
        for entry in entries:
            with entry.source.opened() as file:
                info = zip_info(entry.name, os.fstat(file.fileno()))
                with archive.open(info, "w", force_zip64=True) as target:
                    for chunk in chunks(file, info.file_size):
                        target.write(chunk)
                        yield outlet.taken()
    yield outlet.taken()


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

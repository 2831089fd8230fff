"""A zip file that is sent while it is written: nothing of it lies on the disk or in memory.

Pictures are stored, not compressed (they are compressed already); files of any size and number fit
(ZIP64).
"""

import io
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

CHUNK_BYTES = 1024**2


class Entry(NamedTuple):
    """A name in the zip file, and the file whose bytes it gets."""

    name: str
    path: Path


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
            info = zipfile.ZipInfo.from_file(entry.path, entry.name, strict_timestamps=False)
            with entry.path.open("rb") as file, archive.open(info, "w", force_zip64=True) as target:
                while chunk := file.read(CHUNK_BYTES):
                    target.write(chunk)
                    yield outlet.taken()
    yield outlet.taken()

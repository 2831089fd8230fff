"""Files that a browser sends into the landing folder, piece by piece.

Until a file is whole it lies in ``.uploads`` of its landing root, which the watch passes over:
``<id>.data`` with the bytes that have come, and ``<id>.json`` that says what it will be. Then it
is renamed into the folder of its batch, never in place of another file, and settles there like any
other. The size of the data is the truth about how far the upload is, so it goes on after a broken
connection or a restart. What nobody went on with for a day is removed by the schedule
``row_compaction``.
"""

import errno
import fcntl
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from pydantic import TypeAdapter, ValidationError

from resources.configuration.settings import LandingRoot, Settings
from resources.landing.file import CREATE
from resources.landing.free_name import free_name
from resources.landing.roots import first_taking_root, located
from resources.landing.scan import UPLOADS
from resources.landing.upload_names import batch_folder_of, file_name_of, refuse_passed_over
from resources.stores.beneath import READ_FOLDER, Folder, NamedFolders, Place
from resources.stores.free_space import no_room, room_below
from resources.stores.kernel_calls import rename_new

KEPT = timedelta(days=1)
"""So long an upload that nobody goes on with can be resumed."""

MOST_UNFINISHED = 1000
MOST_TOLD_BYTES = 16 * 1024
LATEST_MS = 253_402_300_799_000
"""The end of the year 9999, in milliseconds since 1970."""

ALL_CAME = "All of this file has come."
UPLOAD_ID = re.compile(r"[0-9a-f]{32}")
OPEN_TO_APPEND = os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW


class UploadRefused(Exception):
    """The file cannot be taken; the message says why, and what to do."""


class TooLarge(UploadRefused):
    """The file is above ``limits.max_file_bytes``, or more came than was said."""


class NoRoom(UploadRefused):
    """There is no space on the disk, no landing root that takes files, or too much at once."""


class UnknownUpload(UploadRefused):
    """There is no such upload of this person (any more)."""


class WrongOffset(UploadRefused):
    """A piece begins elsewhere than where the bytes that have come end."""


class UploadBusy(UploadRefused):
    """Another request is sending the same upload."""


def new_id() -> str:
    """A random name that nobody can guess."""
    return secrets.token_hex(16)


@dataclass(frozen=True)
class Upload:
    """One file that is coming: ``size_bytes`` in the end, from the person ``by``.

    ``modified_ms``: when it was changed where it comes from, milliseconds since 1970.
    """

    batch: str
    name: str
    size_bytes: int
    by: str
    modified_ms: int | None = None
    upload_id: str = field(default_factory=new_id)

    @property
    def data(self) -> bytes:
        """The name of the file with the bytes that have come."""
        return f"{self.upload_id}.data".encode()


TOLD = TypeAdapter(Upload)


@dataclass(frozen=True)
class Uploads:
    """The uploads into one landing root; ``landing`` is the open root."""

    settings: Settings
    root: LandingRoot
    landing: Folder
    unfinished: Folder

    @classmethod
    def of(cls, settings: Settings) -> "Uploads":
        """Those into the first root that takes files. Raises NoRoom, OSError."""
        root = first_taking_root(settings)
        if root is None:
            raise NoRoom('No landing root takes files: add one with mode = "move" to the settings.')
        path = located(root)
        path.mkdir(parents=True, exist_ok=True)
        landing = NamedFolders().at(bytes(path))
        return cls(settings, root, landing, landing.made(UPLOADS))

    def begin(self, upload: Upload) -> Upload:
        """Take note of a file that will come, its names made fit; it is to be finished when empty.

        Raises BadName, TooLarge, NoRoom, OSError.
        """
        batch, name = batch_folder_of(upload.batch), file_name_of(upload.name)
        refuse_passed_over(self.root, batch, name)
        known = Upload(
            batch, name, upload.size_bytes, upload.by, upload.modified_ms, upload.upload_id
        )
        self._refuse_large(known)
        self.refuse_full(known.size_bytes)
        self._create(known.data, b"")
        self._create(told_name(known.upload_id), TOLD.dump_json(known))
        return known

    def find(self, upload_id: str, by: str) -> Upload:
        """The upload of this id, if the same person began it. Raises UnknownUpload."""
        gone = UnknownUpload("There is no such upload (any more): add the file once more.")
        if not UPLOAD_ID.fullmatch(upload_id):
            raise gone
        try:
            place = Place(self.unfinished, told_name(upload_id))
            with open(place.open(), "rb") as file:  # noqa: PTH123 - a descriptor has no Path
                upload = TOLD.validate_json(file.read(MOST_TOLD_BYTES))
        except (FileNotFoundError, ValidationError) as error:
            raise gone from error
        if upload.by != by or upload.upload_id != upload_id:
            raise gone
        return upload

    def offset(self, upload: Upload) -> int:
        """How many bytes have come; all of them once the file is in its batch."""
        try:
            return Place(self.unfinished, upload.data).status().st_size
        except FileNotFoundError:
            return upload.size_bytes

    def is_whole(self, upload: Upload) -> bool:
        """Whether the file is in its batch."""
        return not Place(self.unfinished, upload.data).exists()

    @contextmanager
    def appending(self, upload: Upload, offset: int) -> Iterator[BinaryIO]:
        """The file to write to from ``offset`` on, for one at a time.

        Raises WrongOffset, UploadBusy, UnknownUpload, OSError.
        """
        with open(self._opened(upload), "ab") as file:  # noqa: PTH123 - a descriptor has no Path
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise UploadBusy("This file is being sent from another window.") from error
            come = os.fstat(file.fileno()).st_size
            if come != offset:
                raise WrongOffset(f"{come} bytes have come: go on from there.")
            if self.is_whole(upload):
                raise WrongOffset(ALL_CAME)
            yield file

    def write(self, file: BinaryIO, piece: bytes) -> None:
        """Write what has come; others may have taken the room that there was at the beginning.

        Raises NoRoom, OSError.
        """
        if piece:
            self._refuse_without_room(len(piece))
            file.write(piece)

    def finish(self, upload: Upload, file: BinaryIO) -> str:
        """Put the whole file, open in ``appending``, into its batch; return its name there.

        Raises OSError.
        """
        file.flush()
        if upload.modified_ms is not None and 0 <= upload.modified_ms <= LATEST_MS:
            os.utime(file.fileno(), ns=(upload.modified_ms * 1_000_000,) * 2)
        os.fsync(file.fileno())
        folder = self.landing.made(os.fsencode(upload.batch))
        while True:
            name = free_name(folder, upload.name)
            with suppress(FileExistsError):  # somebody else took the name just now
                self._rename(upload, folder, name)
                return os.fsdecode(name)

    def discard(self, upload: Upload) -> None:
        """Forget an upload that will not be finished."""
        for name in (upload.data, told_name(upload.upload_id)):
            with suppress(FileNotFoundError):
                os.unlink(name, dir_fd=self.unfinished.descriptor)

    def refuse_full(self, more_bytes: int) -> None:
        """Raise NoRoom when so much does not fit, or too many uploads are not finished."""
        self._refuse_without_room(more_bytes)
        names = names_in(self.unfinished)
        if sum(name.endswith(".data") for name in names) > MOST_UNFINISHED:
            raise NoRoom("Very many uploads are not finished: finish them, or wait for a day.")

    def _refuse_without_room(self, more_bytes: int) -> None:
        if room_below(located(self.root), self.settings.reserve_bytes) < more_bytes:
            raise NoRoom(f"There is no room for this file: {no_room(self.settings)}.")

    def _refuse_large(self, upload: Upload) -> None:
        most = self.settings.limits.max_file_bytes
        if upload.size_bytes > most:
            raise TooLarge(
                f"{upload.name} has {upload.size_bytes:,} bytes, and {most:,} are allowed "
                "(limits.max_file_bytes of the settings)."
            )

    def _create(self, name: bytes, content: bytes) -> None:
        descriptor = os.open(name, CREATE, 0o666, dir_fd=self.unfinished.descriptor)
        with open(descriptor, "wb") as file:  # noqa: PTH123 - a descriptor has no Path
            file.write(content)

    def _opened(self, upload: Upload) -> int:
        try:
            return self.unfinished.open(upload.data, OPEN_TO_APPEND)
        except FileNotFoundError as error:
            raise WrongOffset(ALL_CAME) from error

    def _rename(self, upload: Upload, folder: Folder, name: bytes) -> None:
        here, there = self.unfinished.descriptor, folder.descriptor
        try:
            rename_new(here, upload.data, name, there)
        except NotImplementedError:
            os.rename(upload.data, name, src_dir_fd=here, dst_dir_fd=there)


def told_name(upload_id: str) -> bytes:
    """The name of the file that says what an upload will be."""
    return f"{upload_id}.json".encode()


def names_in(folder: Folder) -> list[str]:
    """The names of what a held folder holds. Raises OSError."""
    descriptor = folder.open(b"", READ_FOLDER)
    try:
        return os.listdir(descriptor)  # noqa: PTH208 - a descriptor has no Path
    finally:
        os.close(descriptor)


def is_full(error: OSError) -> bool:
    """Whether the disk, or a quota, has no space left."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT)


def remove_abandoned_uploads(root: Path, before: datetime) -> int:
    """Delete uploads into a landing root that nobody went on with since; return how many files.

    What tells of a finished one goes, too. Raises OSError when the root cannot be opened.
    """
    landing = NamedFolders().at(bytes(root.expanduser().absolute()))
    if not landing.has(UPLOADS):
        return 0
    folder = landing.made(UPLOADS)
    known = {name.partition(".")[0] for name in names_in(folder)}
    return sum(_remove(folder, one, before) for one in known if UPLOAD_ID.fullmatch(one))


def _remove(folder: Folder, upload_id: str, before: datetime) -> int:
    """Delete both files of an upload unless one was touched since; return how many."""
    names = [told_name(upload_id), f"{upload_id}.data".encode()]
    there = [name for name in names if folder.has(name)]
    touched = [Place(folder, name).status().st_ctime for name in there]
    if max(touched, default=before.timestamp()) >= before.timestamp():
        return 0
    for name in there:
        os.unlink(name, dir_fd=folder.descriptor)
    return len(there)

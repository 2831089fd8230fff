"""Reads one landing file without ever trusting it: its SHA-256, its head and a copy in one pass.

A file counts only if it is a regular file in the expected state before and after it was read, and
(where the system can say) nobody has it open for writing. Nothing is decoded here. What is removed
is the very file that was read: it is put aside under a name of ours, looked at there, and only then
unlinked, so that another one which takes its name in that moment is given it back.
"""

import fcntl
import hashlib
import os
import re
import secrets
import signal
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from resources.landing.scan import Signature
from resources.stores.beneath import OPEN_SAFELY, Place
from resources.stores.content_store import READ_ONLY
from resources.stores.kernel_calls import rename_new

PIECE_BYTES = 1024 * 1024

HEAD_BYTES = 4096
"""Enough of a file to see what it is."""

ASIDE = re.compile(rb"\.[0-9a-f]{16}\.removing")
"""Names of files that are being removed; see ``remove_taken``."""

CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC


class StillChanging(Exception):
    """The file is not, or no longer, in the state in which it was seen: it has to settle again."""


class CopyFailed(OSError):
    """Our own disk refused the copy: not the file's fault."""


@dataclass(frozen=True)
class ReadFile:
    """What reading found: the digest of all bytes, the copy if one was asked for, the first bytes.

    ``head`` is empty when the file had not to be read because its bytes are known.
    """

    sha256: str
    copy: Path | None
    head: bytes = b""


def read_file(place: Place, expected: Signature, copy: Path | None) -> ReadFile:
    """Hash the file at ``place`` and, in the same pass, write its bytes to ``copy``.

    The copy is read-only and not yet flushed to disk. Raises StillChanging, or OSError when it
    cannot be read, CopyFailed when the copy cannot be written; then no copy is left.
    """
    with open(place.open(), "rb", buffering=0) as source:  # noqa: PTH123 - a descriptor has no Path
        check_unchanged(source.fileno(), expected)
        try:
            sha256, head = _hash(source.fileno(), expected.size_bytes, copy)
            check_unchanged(source.fileno(), expected)
            check_in_place(place, expected)
        except BaseException:
            if copy is not None:
                copy.unlink(missing_ok=True)
            raise
    return ReadFile(sha256, copy, head)


def check_unchanged(descriptor: int, expected: Signature) -> None:
    """Raise StillChanging if an open file is not the expected one, or somebody writes to it."""
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode) or Signature.of(status) != expected:
        raise StillChanging("it changed since it was seen")
    if is_open_for_writing(descriptor):
        raise StillChanging("another program has it open for writing")


def check_in_place(place: Place, expected: Signature) -> None:
    """Raise StillChanging if another file is at ``place`` now, or none."""
    try:
        status = place.status()
    except FileNotFoundError as error:
        raise StillChanging("it was moved away") from error
    if not stat.S_ISREG(status.st_mode) or Signature.of(status) != expected:
        raise StillChanging("it was replaced")


def is_open_for_writing(descriptor: int) -> bool:
    """Whether any process of this machine has the file open for writing, as far as is known.

    Linux grants a read lease only if nobody has (fcntl(2), "Leases"); on file systems without
    leases, and elsewhere, the answer is False. The lease is given back at once. If a writer
    comes in that moment, we are sent SIGURG, which is ignored, in place of the deadly SIGIO.
    """
    if sys.platform != "linux":
        return False
    try:
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except BlockingIOError:
        return True
    except OSError:
        return False
    fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    return False


def remove_taken(place: Place, expected: Signature) -> None:
    """Unlink a landing file whose bytes are kept, if it is still that file and nobody writes to it.

    Killed halfway, it leaves the file under a name that ``is_aside``; the next look ends the work.
    Raises StillChanging when it is another one by now, OSError when it cannot be removed.
    """
    with suppress(FileNotFoundError), place.parent() as (parent, name):
        descriptor = os.open(name, OPEN_SAFELY, dir_fd=parent)
        try:
            check_unchanged(descriptor, expected)
            aside = b".%b.removing" % secrets.token_hex(8).encode()
            os.rename(name, aside, src_dir_fd=parent, dst_dir_fd=parent)
            try:
                _check_aside(parent, aside, descriptor, expected)
            except StillChanging:
                _give_back(parent, aside, name)
                raise
        finally:
            os.close(descriptor)
        os.unlink(aside, dir_fd=parent)


def is_aside(path: bytes) -> bool:
    """Whether this is the name of a file that was being removed."""
    return path.endswith(b".removing") and bool(ASIDE.fullmatch(path.rpartition(b"/")[2]))


def _check_aside(parent: int, aside: bytes, descriptor: int, expected: Signature) -> None:
    """Raise StillChanging unless what was put aside is the open file, and as it was.

    A rename changes the ctime in most file systems.
    """
    found, read = os.stat(aside, dir_fd=parent, follow_symlinks=False), os.fstat(descriptor)
    if not os.path.samestat(found, read):
        raise StillChanging("it was replaced")
    check_unchanged(descriptor, expected._replace(ctime_ns=Signature.of(read).ctime_ns))


def _give_back(parent: int, aside: bytes, name: bytes) -> None:
    """Give what was put aside its name again, unless something else has the name by now.

    Then it keeps the name that it was put aside under: nothing is lost, and the look tells of it.
    """
    with suppress(FileExistsError, FileNotFoundError):
        try:
            rename_new(parent, aside, name)
        except NotImplementedError:
            os.link(aside, name, src_dir_fd=parent, dst_dir_fd=parent, follow_symlinks=False)
            os.unlink(aside, dir_fd=parent)


def _hash(source: int, size_bytes: int, copy: Path | None) -> tuple[str, bytes]:
    """The SHA-256 of all bytes, which are written to ``copy`` too, and the first ones.

    Raises StillChanging.
    """
    digest = hashlib.sha256()
    head = b""
    left = size_bytes
    with _copy_to(copy) as write:
        while piece := os.read(source, PIECE_BYTES):
            left -= len(piece)
            if left < 0:
                break  # it grows while it is read: do not follow it forever
            digest.update(piece)
            head += piece[: HEAD_BYTES - len(head)]
            write(piece)
    if left != 0:
        raise StillChanging("its size changed while it was read")
    return digest.hexdigest(), head


@contextmanager
def _copy_to(copy: Path | None) -> Iterator[Callable[[bytes], None]]:
    """A function that appends to the new file ``copy``, if there is to be one."""
    if copy is None:
        yield lambda _: None
        return
    with _our_disk():
        descriptor = os.open(copy, CREATE, READ_ONLY)
    try:
        yield partial(_write_all, descriptor)
    finally:
        os.close(descriptor)


def _write_all(descriptor: int, piece: bytes) -> None:
    left = memoryview(piece)
    with _our_disk():
        while left:
            left = left[os.write(descriptor, left) :]


@contextmanager
def _our_disk() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise CopyFailed(error.errno, error.strerror) from error

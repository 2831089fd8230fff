"""What a decoder does that a picture has taken over; importable, so that a child finds it."""

import ctypes
import os
import pickle
import resource
import signal
import socket
import stat
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from resources.sources.originals import Source
from resources.stores.content_store import StoredFile
from resources.stores.outbox import SentFile, send

PTRACE_ATTACH = 16


def tried(image: Source, what: str, where: str) -> str:
    """Do it; "done", or the kernel's answer."""
    del image
    try:
        TRIES[what](where)
    except OSError as error:
        return f"refused: {error.strerror}"
    return "done"


def _connect(kind: int, where: Any) -> None:
    with socket.socket(kind) as client:
        client.connect(where)


def _ptrace(where: str) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.ptrace(PTRACE_ATTACH, int(where), 0, 0) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _write(where: str) -> None:
    os.close(os.open(where, os.O_WRONLY | os.O_CREAT, 0o600))


def _close_all(where: str) -> None:
    """Among them is the pipe by which the kernel ends this process when its parent is gone."""
    del where
    for descriptor in range(3, 64):
        if stat.S_ISFIFO(os.fstat(descriptor).st_mode):
            os.close(descriptor)


def _fork(where: str) -> None:
    del where
    if os.fork() == 0:
        os._exit(0)


def _pair(where: str) -> None:
    del where
    for one in socket.socketpair():
        one.close()


TRIES: dict[str, Callable[[str], object]] = {
    "read": lambda where: Path(where).read_bytes(),
    "list": os.listdir,
    "write": _write,
    "link": lambda where: Path(where).symlink_to("/etc/passwd"),
    "make a folder": os.mkdir,
    "delete": os.unlink,
    "rename": lambda where: Path(where).rename(f"{where}-2"),
    "change the mode": lambda where: Path(where).chmod(0o700),
    "connect by TCP": lambda where: _connect(socket.AF_INET, ("127.0.0.1", int(where))),
    "connect by a unix socket": lambda where: _connect(socket.AF_UNIX, where),
    "connect by an abstract socket": lambda where: _connect(socket.AF_UNIX, f"\0{where}"),
    "make a pair of sockets": _pair,
    "exec": lambda where: os.execv(where, [where]),  # noqa: S606
    "fork": _fork,
    "kill": lambda where: os.kill(int(where), 0),
    "ptrace": _ptrace,
    "change a limit of": lambda where: resource.prlimit(int(where), 4, (0, 0)),
    "close what ends it": _close_all,
    "chroot": os.chroot,
}


class Bomb:
    """Writes a file when it is unpickled."""

    def __init__(self, where: str) -> None:
        self.where = where

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[str]]:
        return Path.touch, (Path(self.where),)  # type: ignore[return-value]


def answer_a_pickle_bomb(image: Source, where: str) -> None:
    del image
    _raw(pickle.dumps(Bomb(where)))


def answer_without_end(image: Source) -> None:
    del image
    _raw(b"", declared=2**60)


def answer_in_drops(image: Source) -> None:
    """One byte at a time, so that every single wait is short."""
    del image
    descriptor = _descriptor()
    os.write(descriptor, struct.pack("=Q", 1000))
    while True:
        os.write(descriptor, b"x")
        time.sleep(0.05)


def _descriptor() -> int:
    for number in range(3, 256):
        try:
            if stat.S_ISSOCK(os.fstat(number).st_mode):
                return number
        except OSError:
            continue
    raise RuntimeError("no channel")


def _raw(content: bytes, declared: int | None = None) -> None:
    descriptor = _descriptor()
    os.write(descriptor, struct.pack("=Q", len(content) if declared is None else declared))
    os.write(descriptor, content)
    while True:
        signal.pause()


@dataclass(frozen=True)
class Shown:
    """A payload with one file."""

    file: StoredFile


def name_a_file_of_others(image: Source) -> Shown:
    del image
    return Shown(StoredFile("settings.toml", "0" * 64, 5, "image/jpeg"))


def send_a_file_elsewhere(image: Source, folder: str, suffix: str) -> None:
    del image
    send(SentFile(folder, suffix, b"\xff\xd8\xff"))


def send_a_page_as_a_picture(image: Source) -> None:
    del image
    send(SentFile("derivatives", ".jpg", b"<script>"))


def another_type(image: Source) -> int:
    del image
    return "text"  # type: ignore[return-value]


def number_without_end(image: Source) -> int:
    del image
    return 2**63


def answer_nested_lists(image: Source) -> None:
    del image
    _raw(b"\x91" * 100_000)


def environment_of_itself(image: Source) -> list[str]:
    del image
    return sorted(os.environ)


def is_dumpable(image: Source) -> int:
    del image
    return int(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))


def open_descriptors(image: Source) -> list[str]:
    """The kinds of what is open beside the standard streams: "s" is a socket, "p" a pipe."""
    del image
    kinds = []
    for number in range(3, 256):
        try:
            kinds.append(stat.filemode(os.fstat(number).st_mode)[0])
        except OSError:
            continue
    return sorted(kinds)

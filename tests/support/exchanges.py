"""Exchanges a folder and a link in one step, as somebody who attacks a shared folder would."""

import ctypes
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

AT_FDCWD, RENAME_EXCHANGE = -100, 2
"""Of fcntl.h and linux/fs.h."""

LIBC = ctypes.CDLL(None, use_errno=True)


def exchange(one: Path, other: Path) -> None:
    """Have two entries change their names, with no moment in between (renameat2(2))."""
    names = AT_FDCWD, bytes(one), AT_FDCWD, bytes(other), RENAME_EXCHANGE
    if LIBC.renameat2(*names) == -1:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


@contextmanager
def exchanging(one: Path, other: Path) -> Iterator[None]:
    """Exchange them as fast as a thread can, and an even number of times."""
    is_over = threading.Event()

    def exchange_on() -> None:
        while not is_over.is_set():
            exchange(one, other)
            exchange(other, one)

    thread = threading.Thread(target=exchange_on)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()

"""Ctrl-C and SIGTERM: a command ends at once, in one line and with an exit code that says so."""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

STOPPED = "media: stopped. What was finished is kept; give the command again to go on."

STOPPING = (signal.SIGINT, signal.SIGTERM)


AGAIN_SECONDS = 0.1


class Stopped(KeyboardInterrupt):
    """A person or the system asked the command to end; ``exit_code`` is 128 + the signal."""

    def __init__(self, number: int = signal.SIGINT) -> None:
        super().__init__()
        self.exit_code = 128 + number


_asked: list[int] = []
"""The signals that asked this program to end."""


def stop(number: int, _: FrameType | None) -> None:
    """End what the main thread does. Raises Stopped."""
    _asked.append(number)
    raise Stopped(number)


def raise_if_asked_to_end() -> None:
    """Raise Stopped if a signal came. Libraries replace it by errors of their own (DuckDB does)."""
    for number in _asked:
        raise Stopped(number)


def end_on_signals() -> None:
    """Have SIGTERM end the command like Ctrl-C. For the main thread, once."""
    for number in STOPPING:
        signal.signal(number, stop)
    sys.unraisablehook = send_again


def send_again(lost: "sys.UnraisableHookArgs") -> None:
    """Send the signal again whose Stopped was raised where Python drops it, as in a finalizer."""
    if isinstance(lost.exc_value, Stopped):
        number = lost.exc_value.exit_code - 128
        threading.Timer(AGAIN_SECONDS, os.kill, (os.getpid(), number)).start()
    else:
        sys.__unraisablehook__(lost)


@contextmanager
def noticed_signals() -> Iterator[Callable[[], None]]:
    """A function that raises Stopped if a signal ever came, though others took it.

    Python drops what is raised in a finalizer. Dagster has handlers of its own while a run is
    carried out, and may drop what they receive: the number of each signal is written to a pipe
    whatever the handler does (signal.set_wakeup_fd).
    """
    reading, writing = os.pipe()
    for end in (reading, writing):
        os.set_blocking(end, False)
    before = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)

    def raise_if_stopped() -> None:
        for number in [*_asked, *received(reading)]:
            if number in STOPPING:
                raise Stopped(number)

    try:
        raise_if_stopped()
        yield raise_if_stopped
    finally:
        signal.set_wakeup_fd(before)
        os.close(reading)
        os.close(writing)


def received(pipe: int) -> bytes:
    """The numbers of the signals that came, one byte each."""
    try:
        return os.read(pipe, 4096)
    except BlockingIOError:
        return b""

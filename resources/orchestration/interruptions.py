"""A request to end (SIGTERM, Ctrl-C) ends a run as such, also when a library catches its error.

Dagster raises an error of its own at the line that is running. If that line is the cleanup of a
library, it comes out as that library's error, or is lost; then Dagster takes the run for one that
failed by itself and does not start it again.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import dagster as dg

REQUESTS_TO_END = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def interruptions_kept() -> Iterator[None]:
    """End the block with dagster's interruption if a request to end came while it ran.

    Raises dagster.DagsterExecutionInterruptedError.
    """
    with noted_requests() as requests:
        try:
            yield
        except Exception as error:
            if requests:
                raise dg.DagsterExecutionInterruptedError from error
            raise
    if requests:
        raise dg.DagsterExecutionInterruptedError


@contextmanager
def noted_requests() -> Iterator[list[int]]:
    """The signals that came while the block ran; each has its effect as before.

    They arrive in the main thread only, and only there can be noted.
    """
    came: list[int] = []
    is_main = threading.current_thread() is threading.main_thread()
    handlers = {number: signal.getsignal(number) for number in REQUESTS_TO_END if is_main}

    def note(number: int, frame: FrameType | None) -> None:
        came.append(number)
        handler = handlers[signal.Signals(number)]
        if callable(handler):
            handler(number, frame)

    replaced = [number for number, handler in handlers.items() if callable(handler)]
    try:
        for number in replaced:
            signal.signal(number, note)
        yield came
    finally:
        for number in replaced:
            signal.signal(number, handlers[number])

"""Ways to end a query's process from another thread: by a clock, or because nobody waits for it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class Killable(Protocol):
    """Something with a process."""

    def kill(self) -> None:
        """End it at once."""


class Cancellation:
    """Ends the query that it is given to, from another thread; also one that has not begun."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: Killable | None = None
        self.is_cancelled = False

    def cancel(self) -> None:
        """Kill the query's process, now or as soon as it has one."""
        with self._lock:
            self.is_cancelled = True
            if self._process:
                self._process.kill()

    @contextmanager
    def watching(self, process: Killable) -> Iterator[None]:
        """Within, the process is killed when the query is cancelled."""
        with self._lock:
            self._process = process
            if self.is_cancelled:
                process.kill()
        try:
            yield
        finally:
            with self._lock:
                self._process = None


@contextmanager
def alarm(seconds: float, cancellation: Cancellation) -> Iterator[None]:
    """Within, the query is cancelled when so much time has passed."""
    timer = threading.Timer(seconds, cancellation.cancel)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()

"""What a long command is at: a bar where somebody watches, lines on standard error where not.

Without a terminal each step is one line as it begins, and another every LINE_SECONDS while it
lasts, so that a log shows that the work goes on.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

from command_line.terminal.console import err
from resources.display_text import plain_text

LINE_SECONDS = 10.0
LOOK_SECONDS = 0.5


class Work:
    """The work of this command, step by step. ``begin`` and ``reach`` may come from any thread."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bar: Progress | None = None
        self._task = TaskID(0)
        self._step = ""
        self._reached = ""
        self._began = self._told = 0.0

    @contextmanager
    def shown(self, step: str) -> Iterator[None]:
        """Show the work while the block runs; inside another block: only the step."""
        if self._bar is not None:
            self.begin(step)
            yield
            return
        self._bar = self._new_bar()
        self._task = self._bar.add_task(step, total=None)
        stop = threading.Event()
        telling = threading.Thread(target=self._tell_until, args=(stop,), daemon=True)
        telling.start()
        try:
            with self._bar:
                self.begin(step)
                yield
        finally:
            stop.set()
            telling.join()
            self._bar = None

    @property
    def is_watched(self) -> bool:
        """Whether standard error is a terminal."""
        return self._console.is_terminal

    def begin(self, step: str) -> None:
        """Say what is done now."""
        if step == self._step:
            return
        self._step, self._reached, self._began = step, "", time.monotonic()
        if self._bar is not None:
            self._bar.update(self._task, description=plain_text(step))
        self._line(step)

    def reach(self, done: int, total: int, what: str) -> None:
        """Say how far the work is."""
        if self._bar is not None:
            self._bar.update(self._task, completed=done, total=total or None)
        self._reached = f"{done:,} of {total:,} {what}" if total else ""

    def _new_bar(self) -> Progress:
        columns = (TextColumn("{task.description}", markup=False), BarColumn())
        numbers = (MofNCompleteColumn(), TimeElapsedColumn())
        return Progress(
            *columns, *numbers, console=self._console, transient=True, disable=not self.is_watched
        )

    def _tell_until(self, stop: threading.Event) -> None:
        while not stop.wait(LOOK_SECONDS):
            if time.monotonic() - self._told >= LINE_SECONDS:
                seconds = time.monotonic() - self._began
                self._line(", ".join(filter(None, (self._step, self._reached, f"{seconds:.0f} s"))))

    def _line(self, text: str) -> None:
        self._told = time.monotonic()
        if not self.is_watched:
            self._console.print(f"media: {plain_text(text)}", markup=False, soft_wrap=True)


work = Work(err)
"""Of this program: it has one standard error."""

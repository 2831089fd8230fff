"""One process that runs queries of people, seen from its parent: asked, listened to, killed.

The process is a clean interpreter that takes no code from the current folder and none of our
environment, where secrets are. What it answers is not trusted: lines of JSON without pickle,
counted as they are read.
"""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path

from resources.warehouse.query_answer import QueryAnswer
from resources.warehouse.query_cancellation import Cancellation, alarm
from resources.warehouse.query_error import QueryError
from resources.warehouse.query_limits import QueryLimits
from resources.warehouse.query_result import QueryResult
from resources.warehouse.query_words import (
    CANCELLED,
    NOT_STARTED,
    ended_by,
    too_long,
    too_long_text,
    too_many_bytes,
)
from resources.warehouse.table_opening import TableOpening

START = (
    "import sys; sys.path[:0] = [sys.argv[1]]; sys.path.append(sys.argv[2]); "
    "from resources.warehouse.query_process import main; main(stays=sys.argv[3] == 'stays')"
)
PROGRAM = Path(__file__).parents[2]

ENVIRONMENT = {"LC_ALL": "C.UTF-8", "MALLOC_ARENA_MAX": "2"}
"""All of it. More arenas of malloc would only reserve address space, which is limited."""

LOADER = ("LD_LIBRARY_PATH",)
"""Where some installations of Python find their own libraries."""


class QueryChild:
    """A process that answers one query or, if it ``stays``, one after the other.

    The code that makes one closes it. Raises QueryError when none can be started.
    """

    def __init__(self, *, stays: bool) -> None:
        self._process = started(stays=stays)
        self.asked = 0
        self._is_reusable = True

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    @property
    def can_be_asked(self) -> bool:
        """Whether it waits for a question: not once it has ended, or keeps a query's memory."""
        return self._is_reusable and self._process.poll() is None

    def ask(
        self,
        opening: TableOpening,
        sql: str,
        values: Sequence[object],
        limits: QueryLimits,
        cancellation: Cancellation | None = None,
    ) -> QueryResult:
        """The whole answer. Raises QueryError; the process may be of no more use then."""
        if len(sql) > limits.sql_bytes:
            raise QueryError(too_long_text(limits))
        question = {**asdict(opening), "sql": sql, "values": values, "limits": asdict(limits)}
        self.asked, self._is_reusable = self.asked + 1, False
        clock, answer = Cancellation(), QueryAnswer()
        with contextlib.ExitStack() as ending:
            ending.callback(self._close_unless_reusable)
            ending.enter_context((cancellation or Cancellation()).watching(self))
            ending.enter_context(clock.watching(self))
            ending.enter_context(alarm(limits.wall_seconds, clock))
            self._listen(json.dumps(question).encode(), limits, answer)
            if not answer.is_whole:
                raise QueryError(self._why_it_ended(limits, clock, cancellation))
            self._is_reusable = answer.again
        return answer.result()

    def _listen(self, question: bytes, limits: QueryLimits, answer: QueryAnswer) -> None:
        """Ask, and take what comes until the answer is whole or the process has ended."""
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            return
        with contextlib.suppress(BrokenPipeError):  # it has ended: nothing comes, and that is seen
            stdin.write(question + b"\n")
            stdin.flush()
        left = limits.result_bytes
        while not answer.is_whole:
            line = stdout.readline(left + 1)
            left -= len(line)
            if left < 0:
                raise QueryError(too_many_bytes(limits))
            if not line.endswith(b"\n"):
                return
            answer.take(line)

    def _why_it_ended(
        self, limits: QueryLimits, clock: Cancellation, cancellation: Cancellation | None
    ) -> str:
        status = self.close()
        if clock.is_cancelled:
            return too_long(limits)
        is_cancelled = cancellation is not None and cancellation.is_cancelled
        return CANCELLED if is_cancelled else ended_by(status, limits)

    def _close_unless_reusable(self) -> None:
        if not self._is_reusable:
            self.close()

    def kill(self) -> None:
        """End it at once. Harmless when repeated."""
        self._process.kill()

    def close(self) -> int:
        """End it, and leave nothing of it; return its exit status."""
        self._is_reusable = False
        self._process.kill()
        status = self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):  # what it was to read, it never did
                    pipe.close()
        return status


def started(*, stays: bool) -> "subprocess.Popen[bytes]":
    """A new process, which imports what it needs while its parent goes on. Raises QueryError."""
    kept = {name: os.environ[name] for name in LOADER if name in os.environ}
    words = [str(PROGRAM), folder_of("duckdb"), "stays" if stays else "once"]
    try:
        return subprocess.Popen(  # noqa: S603 - this interpreter, and files of ours
            [sys.executable, "-I", "-S", "-c", START, *words],
            env={**ENVIRONMENT, **kept},
            cwd="/",
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        raise QueryError(f"{NOT_STARTED}: {error}") from error


def folder_of(package: str) -> str:
    """The folder that a package is imported from. Raises ImportError when it is not installed."""
    found = find_spec(package)
    if found is None or found.origin is None:
        raise ImportError(f"{package} is not installed", name=package)
    return str(Path(found.origin).parents[1])

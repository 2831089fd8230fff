"""Decoder processes: every picture is worked on where it can be killed and harms only itself.

A fork server imports the libraries once; workers are forked from it ready to work, live under the
user's limits, reach nothing but the files of their picture, and are replaced after some pictures,
or when one crashes, hangs or uses too much memory. A picture whose worker died is tried once more
in a process of its own before it is rejected: what killed the worker may have been left behind by
an earlier picture, or the machine.

Time limits count processor time, which is the picture's own. What only takes long, or is killed
from outside, has failed: that is the machine's doing, and it is tried again.
"""

import logging
import signal
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from itertools import islice
from typing import Self

from resources.configuration.media_home import MediaHome
from resources.configuration.settings import Limits
from resources.confinement.confined_process import Confinement
from resources.decoding.decoder_answers import (
    AnswerRefused,
    Attempt,
    keep_files,
    read_answer,
    received,
)
from resources.decoding.decoder_child import DecoderChild, DecoderDied, Task, returned_by
from resources.decoding.decoder_fork_server import decoder_context
from resources.decoding.decoder_process import (
    FRESH_PROCESS_EXIT,
    NOT_CONFINED_EXIT,
    OUT_OF_MEMORY_EXIT,
    Terms,
)
from resources.decoding.decoding_context import one_line
from resources.failure_classes import FailureClass, class_of
from resources.outcomes import Outcome

__all__ = ["Attempt", "DecoderPool", "Task"]

IN_FLIGHT_PER_WORKER = 20
"""Enough that a worker does not wait for its next picture while the run writes rows and events."""

SETTLED_PER_WORKER = 100
"""Results kept back behind one slow picture: they are small, but not free."""

PICTURES_PER_WORKER = 500
"""Then it is replaced: what a decoder leaks is bounded, and a fork costs 20 ms."""

THREADS_PER_WORKER = 4
"""One waits for the worker, one for its turn, and two keep the files of earlier answers: flushing
them to a slow disk may take longer than a picture, and the worker is not to wait for it."""

TIME_SIGNALS = (signal.SIGPROF, signal.SIGXCPU)
"""How the kernel ends a process that used too much processor time: while drawing SVG, or in all."""

OUTSIDE_SIGNALS = (signal.SIGKILL, signal.SIGTERM)
"""How the system or a person ends a process, such as the kernel when memory runs out."""

WALL_SECONDS_PER_CPU_SECOND = 10
"""How long a picture may take on a busy machine, as a multiple of its limit of processor time."""

TOOLS = ("resources.metadata.exiftool:keep_open",)
"""Programs that a worker starts before it is confined; none where they are not installed."""

logger = logging.getLogger(__name__)


class DecoderPool:
    """Decoder processes under ``limits``; a context manager, startable again after its end.

    ``preload`` names the modules that hold the functions to run: the fork server imports them once,
    so that no worker has to. They must import nothing that starts threads. ``tools`` are functions
    that start what the functions talk to, as "module:function".
    """

    def __init__(
        self,
        workers: int,
        limits: Limits,
        preload: Sequence[str] = (),
        tools: Sequence[str] = TOOLS,
    ) -> None:
        self._workers = workers
        self._limits = limits
        self._preload, self._tools = tuple(preload), tuple(tools)
        self._context = decoder_context(preload)
        self._threads: ThreadPoolExecutor | None = None
        self._free = threading.BoundedSemaphore(workers)
        self._children: set[DecoderChild] = set()
        self._idle: list[DecoderChild] = []
        self._is_closing = threading.Event()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End every worker, also one at work. Harmless when repeated."""
        self._is_closing.set()
        for child in list(self._children):
            child.end()
        if self._threads:
            self._threads.shutdown(cancel_futures=True)
        for child in list(self._children):
            self._retire(child)
        self._threads = None
        self._idle.clear()
        self._is_closing.clear()

    def run(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Attempt]]:
        """Attempt every task, and give the attempts in the tasks' order.

        The first pictures are handed out at once, whenever the attempts are asked for. ``tasks`` is
        read as workers get free, so that memory stays steady however many there are.
        """
        waiting = iter(tasks)
        first = islice(waiting, IN_FLIGHT_PER_WORKER * self._workers)
        window = deque((task, self._submit(task)) for task in first)
        return self._attempts(window, waiting)

    def confinement(self) -> Confinement:
        """What the kernel forbids the workers of this pool. Raises DecoderDied, OSError."""
        with self._free:
            child = self._child()
            self._idle.append(child)
            return child.confinement

    def _attempts(
        self, window: deque[tuple[Task, Future[Attempt]]], waiting: Iterator[Task]
    ) -> Iterator[tuple[Task, Attempt]]:
        try:
            for task in waiting:
                self._wait_for_a_free_worker(window)
                while window and (window[0][1].done() or self._is_full(window)):
                    yield settled(*window.popleft())
                window.append((task, self._submit(task)))
            while window:
                yield settled(*window.popleft())
        finally:
            for _, future in window:
                future.cancel()

    def _submit(self, task: Task) -> Future[Attempt]:
        if self._threads is None:
            count = THREADS_PER_WORKER * self._workers
            self._threads = ThreadPoolExecutor(count, thread_name_prefix="decoders")
        return self._threads.submit(self._attempt, task)

    def _wait_for_a_free_worker(self, window: Iterable[tuple[Task, Future[Attempt]]]) -> None:
        busy = [future for _, future in window if not future.done()]
        if len(busy) >= IN_FLIGHT_PER_WORKER * self._workers:
            wait(busy, return_when=FIRST_COMPLETED)

    def _is_full(self, window: Sequence[object]) -> bool:
        return len(window) >= SETTLED_PER_WORKER * self._workers

    def _attempt(self, task: Task) -> Attempt:
        """One attempt, and a second one where the first says nothing of the picture."""
        try:
            return self._tried(task, is_last_try=False)
        except DecoderDied as death:
            is_final = -death.status in TIME_SIGNALS or death.status == NOT_CONFINED_EXIT
            if is_final or not task.is_tried_alone or self._is_closing.is_set():
                return self._verdict_on(task, death.status)
        logger.warning("%s took its decoder down; trying it alone", task.source.source_id)
        try:
            return self._tried(task, is_last_try=True)
        except DecoderDied as death:
            return self._verdict_on(task, death.status)

    def _tried(self, task: Task, *, is_last_try: bool) -> Attempt:
        """One attempt. Raises DecoderDied."""
        cpu_seconds = self._seconds_for(task)
        wall_seconds = cpu_seconds * WALL_SECONDS_PER_CPU_SECOND
        started = time.monotonic()
        try:
            with self._worker(is_last_try=is_last_try) as child:
                content = child.ask(task, cpu_seconds, wall_seconds)
                answer = read_answer(content)
                if answer.is_last:
                    self._retire(child)
            kept = keep_files(answer.files, MediaHome(task.source.home))
            returned = returned_by(task.make)
            made = received(answer.attempt, returned, kept, time.monotonic() - started)
        except TimeoutError:
            return _unfinished(cpu_seconds)
        except AnswerRefused as error:
            reason = f"its decoder's answer cannot be used: {error}"
            return _failed(one_line(reason), FailureClass.UNKNOWN)
        except OSError as error:  # the disk's, while a file was kept, or no process could start
            return _failed(one_line(f"{type(error).__name__}: {error}"), class_of(error))
        if made.traceback:
            logger.error("%s failed: %s", task.source.source_id, made.traceback)
        return made

    @contextmanager
    def _worker(self, *, is_last_try: bool) -> Iterator[DecoderChild]:
        """A worker for one picture; a fresh one that does nothing else for a last try."""
        with self._free:
            child = self._started(is_last_try=True) if is_last_try else self._child()
            is_well = False
            try:
                yield child
                is_well = not is_last_try and child.pictures < PICTURES_PER_WORKER
            finally:
                if is_well and child in self._children:
                    self._idle.append(child)
                else:
                    self._retire(child)

    def _child(self) -> DecoderChild:
        while self._idle:
            child = self._idle.pop()
            if child.is_running:
                return child
            self._retire(child)
        return self._started(is_last_try=False)

    def _started(self, *, is_last_try: bool) -> DecoderChild:
        terms = Terms(self._limits, self._preload, self._tools, is_last_try)
        child = DecoderChild(self._context, terms)
        self._children.add(child)
        if self._is_closing.is_set():
            child.end()
        return child

    def _retire(self, child: DecoderChild) -> None:
        self._children.discard(child)
        child.close()

    def _seconds_for(self, task: Task) -> float:
        return task.cpu_seconds or self._limits.decode_seconds

    def _verdict_on(self, task: Task, exit_status: int) -> Attempt:
        """What the death of a worker says of its picture."""
        if -exit_status in TIME_SIGNALS:
            is_svg = -exit_status == signal.SIGPROF
            return _out_of_time(self._limits.svg_seconds if is_svg else self._seconds_for(task))
        if exit_status == OUT_OF_MEMORY_EXIT:
            allowed = f"{self._limits.memory_bytes / 1024**3:.1f} GiB"
            return Attempt(
                Outcome.REJECTED, f"needs more memory to decode than the {allowed} allowed"
            )
        if exit_status in REASONS:
            return _failed(*REASONS[exit_status])
        cause = signal.Signals(-exit_status).name if exit_status < 0 else f"status {exit_status}"
        if -exit_status in OUTSIDE_SIGNALS:
            reason = f"the system ended its decoder ({cause}): tried again"
            return _failed(reason, FailureClass.INTERRUPTED)
        return Attempt(Outcome.REJECTED, f"crashes the decoder, twice ({cause})")


NOT_CONFINED = (
    "not decoded: limits.require_confinement is set, and this machine's kernel cannot confine "
    "decoders (media doctor says what is missing)"
)

REASONS = {
    NOT_CONFINED_EXIT: (NOT_CONFINED, FailureClass.UNKNOWN),
    FRESH_PROCESS_EXIT: (
        "a program that its decoder needs has ended: tried again",
        FailureClass.INTERRUPTED,
    ),
}
"""Exit status of a worker -> why its picture has failed, and the class of that."""


def settled(task: Task, future: Future[Attempt]) -> tuple[Task, Attempt]:
    """A task with its attempt, waited for."""
    return task, future.result()


def _out_of_time(seconds: float) -> Attempt:
    reason = f"takes more processor time to decode than the {seconds:g} s allowed"
    return Attempt(Outcome.REJECTED, reason, seconds=seconds)


def _unfinished(cpu_seconds: float) -> Attempt:
    seconds = cpu_seconds * WALL_SECONDS_PER_CPU_SECOND
    reason = f"was not decoded within {seconds:g} s on this machine: it is tried again"
    return Attempt(Outcome.FAILED, reason, seconds=seconds, failure_class=FailureClass.TIMEOUT)


def _failed(reason: str, failure_class: FailureClass) -> Attempt:
    return Attempt(Outcome.FAILED, reason, failure_class=failure_class)

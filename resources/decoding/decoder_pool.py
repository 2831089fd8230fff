"""Decoder processes: every picture is worked on where it can be killed and harms only itself.

A fork server imports the libraries once; workers are forked from it ready to work, live under the
user's limits, and are replaced after some pictures, or when one crashes, hangs or uses too much
memory. A picture whose worker died is tried once more in a process of its own before it is
rejected: what killed the worker may have been left behind by an earlier picture, or the machine.

Time limits count processor time, which is the picture's own. What only takes long, or is killed
from outside, has failed: that is the machine's doing, and it is tried again.
"""

import logging
import pickle
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from itertools import islice
from types import TracebackType
from typing import Self

from pebble import ProcessExpired, ProcessFuture, ProcessPool

from resources.configuration.settings import Limits
from resources.decoding import decoder_process
from resources.decoding.decoder_fork_server import decoder_context
from resources.decoding.decoder_process import OUT_OF_MEMORY_EXIT, Attempt
from resources.outcomes import Outcome
from resources.sources.originals import Source

__all__ = ["Attempt", "DecoderPool", "Task"]

IN_FLIGHT_PER_WORKER = 20
"""Enough that a worker does not wait for its next picture while the run writes rows and events."""

SETTLED_PER_WORKER = 100
"""Results kept back behind one slow picture: they are small, but not free."""

PICTURES_PER_WORKER = 500
"""Then it is replaced: what a decoder leaks is bounded, and a fork costs 20 ms."""

TIME_SIGNALS = (signal.SIGPROF, signal.SIGXCPU)
"""How the kernel ends a process that used too much processor time: while drawing SVG, or in all."""

OUTSIDE_SIGNALS = (signal.SIGKILL, signal.SIGTERM)
"""How the system or a person ends a process, such as the kernel when memory runs out."""

WALL_SECONDS_PER_CPU_SECOND = 10
"""How long a picture may take on a busy machine, as a multiple of its limit of processor time."""

PendingAttempt = ProcessFuture[bytes]
"""A pickled Attempt to come."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Task:
    """Call ``make(source, **inputs)`` in a decoder process; ``make`` is a module's function.

    With ``is_tried_alone`` a task whose worker died is tried once more in a process of its own.
    """

    make: Callable[..., object]
    source: Source
    inputs: Mapping[str, object]
    cpu_seconds: float | None = None  # None: the limits' decode_seconds
    is_tried_alone: bool = True


class DecoderPool:
    """Decoder processes under ``limits``; a context manager, startable again after its end.

    ``preload`` names the modules that hold the functions to run: the fork server imports them once,
    so that no worker has to. They must import nothing that starts threads.
    """

    def __init__(self, workers: int, limits: Limits, preload: Sequence[str] = ()) -> None:
        self._workers = workers
        self._limits = limits
        self._context = decoder_context(preload)
        self._pool: ProcessPool | None = None
        self._single: ProcessPool | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End every worker, also one at work. Harmless when repeated."""
        for pool in (self._pool, self._single):
            if pool:
                pool.stop()  # type: ignore[no-untyped-call]  # pebble's
                pool.join()
        self._pool = self._single = None

    def run(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Attempt]]:
        """Attempt every task, and give the attempts in the tasks' order.

        The first pictures are handed out at once, whenever the attempts are asked for. ``tasks`` is
        read as workers get free, so that memory stays steady however many there are.
        """
        waiting = iter(tasks)
        first = islice(waiting, IN_FLIGHT_PER_WORKER * self._workers)
        window = deque((task, self._submit(task)) for task in first)
        return self._attempts(window, waiting)

    def _attempts(
        self, window: deque[tuple[Task, PendingAttempt]], waiting: Iterator[Task]
    ) -> Iterator[tuple[Task, Attempt]]:
        try:
            for task in waiting:
                self._wait_for_a_free_worker(window)
                while window and (window[0][1].done() or self._is_full(window)):
                    yield self._settled(*window.popleft())
                window.append((task, self._submit(task)))
            while window:
                yield self._settled(*window.popleft())
        finally:
            for _, future in window:
                future.cancel()  # type: ignore[no-untyped-call]  # pebble's

    def _submit(self, task: Task) -> PendingAttempt:
        if self._pool is None or not self._pool.active:
            self._pool = self._new_pool(self._workers, PICTURES_PER_WORKER)
        return self._schedule(self._pool, task)

    def _new_pool(self, workers: int, pictures: int) -> ProcessPool:
        return ProcessPool(
            max_workers=workers,
            max_tasks=pictures,
            initializer=decoder_process.start,
            initargs=(self._limits,),
            context=self._context,
        )

    def _schedule(self, pool: ProcessPool, task: Task) -> PendingAttempt:
        seconds = self._seconds_for(task)
        return pool.schedule(
            decoder_process.attempt,
            args=(task.make, task.source, dict(task.inputs), seconds),
            timeout=seconds * WALL_SECONDS_PER_CPU_SECOND,
        )

    def _seconds_for(self, task: Task) -> float:
        return task.cpu_seconds or self._limits.decode_seconds

    def _wait_for_a_free_worker(self, window: Iterable[tuple[Task, PendingAttempt]]) -> None:
        busy = [future for _, future in window if not future.done()]
        if len(busy) >= IN_FLIGHT_PER_WORKER * self._workers:
            wait(busy, return_when=FIRST_COMPLETED)

    def _is_full(self, window: Sequence[object]) -> bool:
        return len(window) >= SETTLED_PER_WORKER * self._workers

    def _settled(self, task: Task, future: PendingAttempt) -> tuple[Task, Attempt]:
        try:
            return task, self._received(task, future)
        except TimeoutError:
            return task, _unfinished(self._seconds_for(task))
        except ProcessExpired as death:
            if -(death.exitcode or 0) in TIME_SIGNALS or not task.is_tried_alone:
                return task, self._verdict_on(task, death.exitcode or 0)
            logger.warning("%s took its decoder down; trying it alone", task.source.source_id)
        except BrokenProcessPool:
            logger.warning("the decoders broke down at %s; trying it alone", task.source.source_id)
        return task, self._attempted_alone(task)

    def _received(self, task: Task, future: PendingAttempt) -> Attempt:
        made: Attempt = pickle.loads(future.result())  # noqa: S301 - written by decoder_process
        if made.traceback:
            logger.error("%s failed: %s", task.source.source_id, made.traceback)
        return made

    def _attempted_alone(self, task: Task) -> Attempt:
        """A second attempt, in a fresh process that does nothing else."""
        if self._single is None or not self._single.active:
            self._single = self._new_pool(workers=1, pictures=1)
        try:
            return self._received(task, self._schedule(self._single, task))
        except TimeoutError:
            return _unfinished(self._seconds_for(task))
        except ProcessExpired as death:
            return self._verdict_on(task, death.exitcode or 0)
        except BrokenProcessPool as error:
            return Attempt(Outcome.FAILED, f"no decoder process could be started: {error}")

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
        cause = signal.Signals(-exit_status).name if exit_status < 0 else f"status {exit_status}"
        if -exit_status in OUTSIDE_SIGNALS:
            return Attempt(Outcome.FAILED, f"the system ended its decoder ({cause}): tried again")
        return Attempt(Outcome.REJECTED, f"crashes the decoder, twice ({cause})")


def _out_of_time(seconds: float) -> Attempt:
    reason = f"takes more processor time to decode than the {seconds:g} s allowed"
    return Attempt(Outcome.REJECTED, reason, seconds=seconds)


def _unfinished(cpu_seconds: float) -> Attempt:
    seconds = cpu_seconds * WALL_SECONDS_PER_CPU_SECOND
    reason = f"was not decoded within {seconds:g} s on this machine: it is tried again"
    return Attempt(Outcome.FAILED, reason, seconds=seconds)

"""The inside of one decoder process: its limits, and one attempt at one picture.

Everything here runs in a child of ``resources.decoding.decoder_pool`` and is imported before the
fork. It never trusts itself to stop in time: the kernel (processor time, address space, death of
the parent) and, far later, the pool (wall clock) end it from outside.
"""

import ctypes
import fcntl
import gc
import math
import multiprocessing
import os
import pickle
import resource
import select
import signal
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import pyvips

from resources.configuration.settings import Limits
from resources.decoding.decoding_context import collected_notes, enforce_in_this_process, one_line
from resources.outcomes import ImageProblem, Outcome
from resources.sources.originals import Source
from resources.stores.content_store import StoredFile

OUT_OF_MEMORY_EXIT = 86
"""Exit status of a process that hit its memory limit; its neighbors' statuses are signals."""

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8
"""Parameters of mallopt(3), from glibc's malloc.h."""

REUSED_BUFFER_BYTES = 32 * 1024**2
"""Buffers up to this size are kept for the next picture: the largest that every glibc allows."""

KEPT_FREE_BYTES = 128 * 1024**2
"""Beyond this, memory that is free goes back to the system."""


@dataclass(frozen=True)
class Attempt:
    """The result of one source in one derivative. ``value`` is the payload when it is usable.

    ``traceback`` is that of a failure, for the log. ``partial_preview`` shows what is there of a
    source that was refused.
    """

    outcome: Outcome
    reason: str | None = None
    value: object | None = None
    warnings: tuple[str, ...] = ()
    seconds: float = 0.0
    traceback: str | None = None
    partial_preview: StoredFile | None = None


def start(limits: Limits) -> None:
    """Put this fresh process under ``limits``; runs once, before its first picture."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # a Python handler would wait for C code to end
    die_with_parent()
    silence_decoders()
    reuse_buffers()
    collect_between_pictures()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory_bytes, limits.memory_bytes))
    pyvips.cache_set_max(0)
    pyvips.concurrency_set(1)  # processes use the cores; threads per picture would only compete
    enforce_in_this_process(limits)


def silence_decoders() -> None:
    """Close standard error to C libraries, which print what they think of a file as they like.

    Nothing is lost: what matters arrives as an exception, whose traceback goes back in the report.
    """
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)


def collect_between_pictures() -> None:
    """Keep Python's collector from running at any moment but between two pictures.

    While libvips reports a warning the collector would free other pictures, whose loaders report
    warnings as they close; GLib answers a report within a report by ending the process. What is
    imported already is not looked at again.
    """
    gc.disable()
    gc.collect()
    gc.freeze()


def reuse_buffers() -> None:
    """Have malloc keep the buffers of one picture for the next.

    It would get each one from the kernel every time, which clears it page by page: 1,300 page
    faults to read a 2.5 MB file, 1,100 to decode it (measured). One arena, because the threads of a
    decoder take turns. glibc only; elsewhere malloc stays as it is.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_MMAP_THRESHOLD, REUSED_BUFFER_BYTES)
        mallopt(M_TRIM_THRESHOLD, KEPT_FREE_BYTES)
        mallopt(M_ARENA_MAX, 1)


def die_with_parent() -> None:
    """Have the kernel kill this process the moment the pool's process is gone, for any reason.

    The pool holds the other end of the sentinel pipe; its closing raises a signal (fcntl(2),
    F_SETSIG), here SIGKILL. PR_SET_PDEATHSIG would watch the fork server instead, which is
    the parent, and itself outlives the pool for as long as a worker does. Linux only.
    """
    parent = multiprocessing.parent_process()
    if parent is None or not hasattr(fcntl, "F_SETSIG"):
        return
    sentinel = parent.sentinel
    fcntl.fcntl(sentinel, fcntl.F_SETSIG, signal.SIGKILL)
    fcntl.fcntl(sentinel, fcntl.F_SETOWN, os.getpid())
    flags = fcntl.fcntl(sentinel, fcntl.F_GETFL)
    fcntl.fcntl(sentinel, fcntl.F_SETFL, flags | os.O_ASYNC)
    if select.select([sentinel], [], [], 0)[0]:  # gone before the signal was set up
        os._exit(1)


def attempt(
    make: Callable[..., object],
    source: Source,
    inputs: Mapping[str, object],
    cpu_seconds: float,
) -> bytes:
    """One attempt, pickled, under a limit of processor time."""
    limit_cpu_time(cpu_seconds)
    made = packed(attempted(make, source, inputs))
    gc.collect()  # see collect_between_pictures
    return made


def attempted(make: Callable[..., object], source: Source, inputs: Mapping[str, object]) -> Attempt:
    """Call ``make(source, **inputs)`` in this process: an Attempt for every outcome.

    Ends the process with OUT_OF_MEMORY_EXIT when memory runs out: its state may be damaged.
    """
    started = time.perf_counter()
    with collected_notes() as notes:
        made = outcome_of(make, source, inputs)
    is_worse = made.outcome is Outcome.OK and notes.is_degraded
    outcome = Outcome.DEGRADED if is_worse else made.outcome
    seconds = time.perf_counter() - started
    return replace(made, outcome=outcome, warnings=tuple(notes), seconds=seconds)


def packed(made: Attempt) -> bytes:
    """``made`` for the way back: a payload that cannot be pickled is a failure, not a crash."""
    try:
        return pickle.dumps(made)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        reason = one_line(f"the payload cannot leave its process: {error}")
        return pickle.dumps(Attempt(Outcome.FAILED, reason, traceback=traceback.format_exc()))


def limit_cpu_time(cpu_seconds: float) -> None:
    """Have the kernel end this process (SIGXCPU) when it uses so much processor time from now on.

    All its threads count; the kernel rounds up to whole seconds.
    """
    usage = resource.getrusage(resource.RUSAGE_SELF)
    soft = math.ceil(usage.ru_utime + usage.ru_stime + cpu_seconds)
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))


def outcome_of(
    make: Callable[..., object], source: Source, inputs: Mapping[str, object]
) -> Attempt:
    """Outcome, reason, payload and traceback of one call."""
    try:
        return Attempt(Outcome.OK, value=make(source, **inputs))
    except ImageProblem as problem:
        reason = one_line(str(problem))
        return Attempt(problem.outcome, reason, partial_preview=problem.partial_preview)
    except MemoryError:
        os._exit(OUT_OF_MEMORY_EXIT)
    except Exception as error:  # noqa: BLE001 - this is the boundary: one bad image harms itself
        reason = one_line(f"{type(error).__name__}: {error}")
        return Attempt(Outcome.FAILED, reason, traceback=traceback.format_exc())

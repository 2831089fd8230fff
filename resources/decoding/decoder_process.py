"""The inside of one decoder process: its limits, and one attempt at one picture.

Everything here runs in a child of ``resources.decoding.decoder_pool`` and is imported before the
fork. It never trusts itself to stop in time: the kernel (processor time, address space, death of
the parent) and, far later, the pool (wall clock) end it from outside. Nor does it trust itself to
stay in our hands: before its first picture it gives up all rights but to compute and to answer
(``resources.confinement``).
"""

import importlib
import math
import os
import pickle
import pkgutil
import resource
import signal
import socket
import struct
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import msgspec
import pyvips

from resources.configuration.settings import Limits
from resources.confinement.confined_process import Confinement, confine, prepare_confinement
from resources.decoding.decoder_answers import Answer, Attempt, SentAttempt, sent
from resources.decoding.decoder_surroundings import (
    collect_between_pictures,
    collect_garbage,
    detach_from_terminal,
    die_with_parent,
    reuse_buffers,
)
from resources.decoding.decoding_context import (
    FreshProcessNeeded,
    collected_notes,
    enforce_in_this_process,
    forbid_programs,
    one_line,
)
from resources.failure_classes import FailureClass, class_of
from resources.outcomes import ImageProblem, Outcome
from resources.sources.originals import Source
from resources.sources.passed_files import Refusal, passed
from resources.stores.outbox import send_instead_of_keeping, taken_out

OUT_OF_MEMORY_EXIT = 86
"""Exit status of a process that hit its memory limit; its neighbors' statuses are signals."""

FRESH_PROCESS_EXIT = 87
"""Of one that lacks something which only a fresh one can have."""

NOT_CONFINED_EXIT = 88
"""Of one that the kernel cannot confine as ``limits.require_confinement`` demands."""

SEND_BYTES = 4 * 1024**2
"""Written at a time."""

MOST_DESCRIPTORS = 253
"""Passed with one message at most: SCM_MAX_FD of the kernel."""

LENGTH = struct.Struct("=Q")
"""Comes before every message, in both directions."""


NamedFiles = list[tuple[bytes, Refusal | None]]
"""The paths of a task's files, each passed open, in this order, or why it could not be opened."""

Call = tuple[Callable[..., object], Source, Mapping[str, object], NamedFiles, float]
"""A task as it travels: function, source, inputs, files, processor time in s."""


class Tool(Protocol):
    """A program that was started before the process gave up the right to start any."""

    @property
    def is_running(self) -> bool:
        """Whether it can still be asked."""
        ...

    @property
    def process_group(self) -> int:
        """The group of its processes."""
        ...


@dataclass(frozen=True)
class Terms:
    """Under what a decoder process works.

    ``preload`` are modules with the functions to run. ``tools`` name functions, as
    "module:function", that start a Tool or give None. ``is_last_try``: its picture has taken
    another process down already.
    """

    limits: Limits
    preload: tuple[str, ...]
    tools: tuple[str, ...]
    is_last_try: bool


def serve(channel: socket.socket, terms: Terms) -> None:
    """The life of a decoder process: confine itself, say so, and answer one task after the other.

    It ends when the other side of the channel closes.
    """
    tools, confinement = start(channel.fileno(), terms)
    send(channel, msgspec.msgpack.encode(confinement))
    if terms.limits.require_confinement and not confinement.is_complete:
        os._exit(NOT_CONFINED_EXIT)
    while request := receive(channel):
        send(channel, answer(*request, tools))
        collect_garbage()


def start(channel: int, terms: Terms) -> tuple[list[Tool], Confinement]:
    """Put this fresh process under its limits, start its tools, and lock it up."""
    limits = terms.limits
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # a Python handler would wait for C code to end
    sentinel = die_with_parent()
    kept_open = [channel, *sentinel]
    prepare_confinement(kept_open)
    detach_from_terminal()
    reuse_buffers()
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory_bytes, limits.memory_bytes))
    resource.setrlimit(resource.RLIMIT_FSIZE, (limits.max_file_bytes, limits.max_file_bytes))
    for module in terms.preload:  # nearly always imported before the fork
        importlib.import_module(module)
    opened = [pkgutil.resolve_name(name)() for name in terms.tools]
    tools: list[Tool] = [tool for tool in opened if tool]
    forbid_programs(is_last_try=terms.is_last_try)
    send_instead_of_keeping()
    groups = [tool.process_group for tool in tools]
    confinement = confine(signaled=groups, kept_open=kept_open)
    pyvips.cache_set_max(0)
    pyvips.concurrency_set(1)  # processes use the cores; threads per picture would only compete
    enforce_in_this_process(limits)
    collect_between_pictures()
    return tools, confinement


def receive(channel: socket.socket) -> tuple[bytes, list[int]] | None:
    """The next task, pickled by the process that asks, with open files; None when it is gone."""
    header, files, _, _ = socket.recv_fds(channel, LENGTH.size, MOST_DESCRIPTORS)
    if not header:
        return None
    (size,) = LENGTH.unpack(header)
    task = bytearray(size)
    view, at = memoryview(task), 0
    while at < size:
        count = channel.recv_into(view[at:])
        if not count:
            return None
        at += count
    return bytes(task), files


def send(channel: socket.socket, content: bytes) -> None:
    """Write one message. By write(2): sending could pass descriptors, and is forbidden."""
    for part in (LENGTH.pack(len(content)), content):
        view = memoryview(part)
        while view:
            view = view[os.write(channel.fileno(), view[:SEND_BYTES]) :]


def answer(request: bytes, descriptors: list[int], tools: Sequence[Tool]) -> bytes:
    """What one task gives, under a limit of processor time."""
    try:
        call = pickle.loads(request)  # noqa: S301 - by our parent
    except ImportError as error:
        reason = one_line(f"the function is not among what decoders preload: {error}")
        made = packed(Attempt(Outcome.FAILED, reason, failure_class=FailureClass.UNKNOWN))
        for descriptor in descriptors:
            os.close(descriptor)
    else:
        made = answer_to(call, descriptors)
    answered = Answer(made, taken_out(), is_last=not all(tool.is_running for tool in tools))
    return msgspec.msgpack.encode(answered)


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


def answer_to(call: Call, descriptors: list[int]) -> SentAttempt:
    """The attempt that a task asks for."""
    make, source, inputs, reads, cpu_seconds = call
    limit_cpu_time(cpu_seconds)
    waiting = iter(descriptors)
    with passed({path: refusal or next(waiting) for path, refusal in reads}):
        return packed(attempted(make, source, inputs))


def packed(made: Attempt) -> SentAttempt:
    """``made`` for the way back: a payload that is not plain data is a failure, not a crash."""
    try:
        return sent(made)
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        reason = one_line(f"the payload cannot leave its process: {error}")
        return sent(failed(reason, error))


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
        return Attempt(
            problem.outcome,
            reason,
            partial_preview=problem.partial_preview,
            failure_class=class_of(problem) if problem.outcome is Outcome.FAILED else None,
        )
    except MemoryError:
        os._exit(OUT_OF_MEMORY_EXIT)
    except FreshProcessNeeded:
        os._exit(FRESH_PROCESS_EXIT)
    except Exception as error:  # noqa: BLE001 - this is the boundary: one bad image harms itself
        reason = one_line(f"{type(error).__name__}: {error}")
        return failed(reason, error)


def failed(reason: str, error: Exception) -> Attempt:
    """The attempt that ``error`` ended; to be called while it is handled."""
    shown = traceback.format_exc()
    return Attempt(Outcome.FAILED, reason, traceback=shown, failure_class=class_of(error))

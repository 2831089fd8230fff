"""What a measured program costs: all its processes together.

CPU-seconds are the kernel's own counts, of processes that have ended too. Processes that lose their
parent, such as a database that a program starts in the background, are adopted (prctl(2),
PR_SET_CHILD_SUBREAPER), so that none escapes the count. On a busy machine CPU-seconds tell what
wall clock does not.
"""

import ctypes
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

import psutil

SAMPLE_SECONDS = 0.5
"""Adding up memory costs CPU time that others then lack."""

PR_SET_CHILD_SUBREAPER = 36
"""Of linux/prctl.h."""

ENDING_SECONDS = 10.0
SHOWN = 4000
"""Characters of what a failed program said."""


@dataclass(frozen=True)
class Cost:
    """Wall-clock seconds, CPU-seconds and peak memory in bytes; ``began`` in epoch seconds."""

    seconds: float
    cpu_seconds: float
    peak_bytes: int = 0
    began: float = 0.0
    output: str = ""


def cost_of_command(
    command: Sequence[str],
    *,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> Cost:
    """Run a command to its end. What it leaves running is counted, then ended.

    Raises CalledProcessError when it fails, and prints the end of what it said.
    """
    adopt_orphans()
    known = {process.pid for process in children()}
    with ProcessSampler() as sampler:
        before, began = descendants_cpu_seconds(), time.time()
        started = time.perf_counter()
        # Files, since a pipe stays open as long as what is left behind.
        with TemporaryFile("w+") as output, TemporaryFile("w+") as errors:
            done = subprocess.run(  # noqa: S603 - commands of these benchmarks
                command,
                env={**os.environ, **(environment or {})},
                cwd=folder,
                stdout=output,
                stderr=errors,
                check=False,
            )
            said, errors_said = written(output), written(errors)
        seconds = time.perf_counter() - started
        cpu_seconds = descendants_cpu_seconds() - before
    end([process for process in children() if process.pid not in known])
    if done.returncode:
        print(said[-SHOWN:], errors_said[-SHOWN:], sep="\n")
        raise subprocess.CalledProcessError(done.returncode, command)
    return Cost(seconds, cpu_seconds, sampler.peak_bytes, began, said)


def written(file: IO[str]) -> str:
    """All that was written into an open file."""
    file.seek(0)
    return file.read()


def cost_of_work(work: Callable[[], object]) -> Cost:
    """Wall clock and CPU-seconds of work in this process and in those that it starts."""
    adopt_orphans()
    before, began, started = family_cpu_seconds(), time.time(), time.perf_counter()
    work()
    seconds = time.perf_counter() - started
    return Cost(seconds, family_cpu_seconds() - before, began=began)


def adopt_orphans() -> None:
    """Let processes below this one that lose their parent become children of this one."""
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER) failed")


def family_cpu_seconds() -> float:
    """User and system time of this process and of all below it, ended or not."""
    return time.process_time() + descendants_cpu_seconds()


def descendants_cpu_seconds() -> float:
    """User and system time of all processes below this one, ended or not."""
    own = os.times()
    return own.children_user + own.children_system + sum(map(cpu_seconds_of, children()))


def cpu_seconds_of(process: psutil.Process) -> float:
    """Of a process and of those of its children that have ended; 0 once it is gone."""
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system + times.children_user + times.children_system)


def end(processes: Sequence[psutil.Process]) -> None:
    """End processes that a measured program has left behind, and wait until they are gone."""
    for process in processes:
        send(process, signal.SIGTERM)
    _, alive = psutil.wait_procs(processes, timeout=ENDING_SECONDS)
    for process in alive:
        send(process, signal.SIGKILL)
    psutil.wait_procs(alive, timeout=ENDING_SECONDS)


def send(process: psutil.Process, number: signal.Signals) -> None:
    """Send a signal to a process that may have ended meanwhile."""
    try:
        process.send_signal(number)
    except psutil.NoSuchProcess:
        return


class ProcessSampler:
    """Peak memory of this process's children: the highest sum of proportional set sizes, bytes.

    Sampled in a thread; a process that lives for less than a sample is missed.
    """

    def __init__(self) -> None:
        self.peak_bytes = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)

    def __enter__(self) -> "ProcessSampler":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _sample(self) -> None:
        while not self._stop.wait(SAMPLE_SECONDS):
            self.peak_bytes = max(self.peak_bytes, sum(map(proportional, children())))


def children() -> list[psutil.Process]:
    """All processes below this one."""
    return list(psutil.Process().children(recursive=True))


def proportional(process: psutil.Process) -> int:
    """A process's memory in bytes, pages shared with others counted in part; 0 once it is gone."""
    try:
        return int(process.memory_full_info().pss)
    except psutil.Error:
        return 0

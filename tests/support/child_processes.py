"""Processes that tests start: each has ended when its block is left, however that happens."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Iterator, Sequence
from typing import IO, Any

Command = Sequence[str | bytes | os.PathLike[str]]


@contextlib.contextmanager
def started(
    command: Command, *, grace_seconds: float = 0.0, text: bool = True, **options: Any
) -> Iterator[subprocess.Popen[Any]]:
    """The process of ``command``, killed when the block is left and it still runs.

    A process that has to end others itself is asked to (SIGTERM) ``grace_seconds`` before.
    A ``with Popen(...)`` alone waits forever for a child that nobody ends when the test fails.
    """
    process = subprocess.Popen(command, text=text, **options)
    try:
        yield process
    finally:
        end(process, grace_seconds)


def end(process: subprocess.Popen[Any], grace_seconds: float = 0.0) -> None:
    """End the process and close its pipes. May be called again."""
    if grace_seconds and process.poll() is None:
        process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            drain(process, grace_seconds)
    process.kill()
    process.wait()
    for pipe in pipes(process):
        pipe.close()


def drain(process: subprocess.Popen[Any], seconds: float) -> None:
    """Wait for the end while reading what it says: a full pipe would hold it up."""
    if process.stdout and not process.stdout.closed:
        process.communicate(timeout=seconds)
    else:
        process.wait(timeout=seconds)


def pipes(process: subprocess.Popen[Any]) -> list[IO[Any]]:
    return [pipe for pipe in (process.stdin, process.stdout, process.stderr) if pipe]

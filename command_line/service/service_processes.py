"""The processes of the service: each with a log file, all ended together by process_guard."""

import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from rich.text import Text

END_SECONDS = 12.0
"""The guard needs 3 s per process at most; longer than this means that it failed."""

GUARD = "command_line.service.process_guard"
LOOK_SECONDS = 0.05
LAST_LINES = 10
TRACEBACK = (" ", "Traceback (most recent", "The above exception", "During handling of")


@dataclass(frozen=True)
class ServiceProcess:
    """One process of the service, named for people."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative: the signal that ended it."""
        return self.process.poll()

    def last_words(self) -> str:
        """The end of its log without colors and without the inside of tracebacks."""
        lines = self.log.read_text(errors="replace").splitlines()
        telling = [line for line in lines if line.strip() and not line.startswith(TRACEBACK)]
        return Text.from_ansi("\n".join(telling[-LAST_LINES:])).plain


@dataclass
class ServiceProcesses:
    """Starts processes; ends them all, and their children, when the context closes.

    They end also when this process is killed. Logs are ``<logs>/<name>.log``; the log of the time
    before is kept as ``<name>.previous.log``.
    """

    logs: Path
    started: list[ServiceProcess] = field(default_factory=list)

    def __enter__(self) -> Self:
        self.logs.mkdir(parents=True, exist_ok=True)
        reading, self._pipe = os.pipe()
        self._guard = popen([sys.executable, "-P", "-m", GUARD], reading, None, self.logs)
        os.close(reading)
        return self

    def start(self, name: str, *arguments: str) -> None:
        """Start ``python -P ARGUMENTS``, its output going to the log."""
        log = self.logs / f"{name}.log"
        if log.exists():
            log.replace(self.logs / f"{name}.previous.log")
        with log.open("wb") as output:
            command = [sys.executable, "-P", *arguments]
            process = popen(command, subprocess.DEVNULL, output.fileno(), self.logs)
        os.write(self._pipe, b"%d\n" % process.pid)
        self.started.append(ServiceProcess(name, process, log))

    def first_dead(self) -> ServiceProcess | None:
        """A process that has ended by itself, if any has."""
        return next((one for one in self.started if one.exit_code is not None), None)

    def __exit__(self, *_: object) -> None:
        os.close(self._pipe)
        deadline = time.monotonic() + END_SECONDS
        while self._guard.poll() is None and time.monotonic() < deadline:
            self._take_note_of_ends()
            time.sleep(LOOK_SECONDS)
        self._take_note_of_ends()
        if self._guard.poll() != 0:
            raise RuntimeError(f"the process guard did not end well: {self._guard.poll()}")

    def _take_note_of_ends(self) -> None:
        """An ended process stays in its group until its parent has asked for its exit code."""
        for one in self.started:
            one.process.poll()


def popen(
    arguments: list[str], standard_input: int, output: int | None, folder: Path
) -> subprocess.Popen[bytes]:
    """Start a process that leads a group and session of its own: Ctrl-C does not reach it.

    It works in ``folder``: whatever lies where the user happens to be is not for it.
    """
    return subprocess.Popen(  # noqa: S603 - our own interpreter and fixed arguments
        arguments,
        cwd=folder,
        stdin=standard_input,
        stdout=output,
        stderr=output,
        start_new_session=True,
    )

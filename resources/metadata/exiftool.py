"""exiftool as a program kept open: one per process that reads metadata, ended with it.

It never sees a file name: the bytes go to a nameless file that it inherits, in memory when they are
few. The program is started by a shell that makes it stop when our end of the pipe closes, however
we end; by itself it would wait forever. Tags are asked for by family 1 group, unformatted.
"""

import atexit
import logging
import os
import selectors
import shutil
import signal
import subprocess
import tempfile
import time
from functools import cache
from pathlib import Path
from typing import IO

from resources.confinement.confined_process import confine_program
from resources.decoding.decoding_context import (
    limits_in_force,
    may_start_programs,
    refuse_to_do_without,
)
from resources.metadata.exiftool_answers import reading_of
from resources.metadata.tags import MetadataReading
from resources.outcomes import RejectedImage

OLDEST_SAFE_VERSION = (12, 24)
"""Older ones run commands hidden in a file's metadata (CVE-2021-22204)."""

CPU_SECONDS_PER_PROCESS = 600
"""Ends one that hangs after its reader was killed; a kept one is simply started again."""

IN_MEMORY_BYTES = 64 * 1_048_576
"""Larger pictures are handed over on disk, so that several at a time cannot fill the memory."""

LARGEST_ANSWER_BYTES = 128 * 1_048_576
"""Answers hold embedded previews in base64, which reach tens of MB in raw files."""

PROGRAM = (
    f"ulimit -t {CPU_SECONDS_PER_PROCESS} 2>/dev/null; "
    r"""{ cat; printf '\n-stay_open\nFalse\n'; } | { "$@"; kill -KILL 0; }"""
)
"""When one of the two ends, the shell's process group ends with it."""

COMMAND = ("exiftool", "-config", "", "-stay_open", "True", "-@", "-")
"""An empty ``-config``, first, keeps the user's own configuration (Perl code) out."""

ENVIRONMENT = {"TZ": "UTC", "LC_ALL": "C"}
"""All that it is told beside PATH."""

ARGUMENTS = (
    "-json",
    "-G1",
    "-n",
    "-struct",
    "-a",
    "-b",
    "-charset",
    "exif=Latin",
    "-charset",
    "iptc=Latin",
    "-all",
    "-CurrentIPTCDigest",
)
"""8-bit text comes back byte for byte as Windows-1252, so that UTF-8 in it can be recognized."""

logger = logging.getLogger(__name__)


class ExiftoolEnded(Exception):
    """The program went away before it had answered."""


@cache
def usable_version() -> str | None:
    """The version of the installed exiftool, None when there is none that may be used."""
    if shutil.which(COMMAND[0]) is None:
        return None
    answer = subprocess.run(  # noqa: S603 - a fixed command
        [*COMMAND[:3], "-ver"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=ENVIRONMENT | {"PATH": os.environ.get("PATH", os.defpath)},
    )
    version = answer.stdout.strip()
    if answer.returncode or not version.replace(".", "", 1).isdigit():
        logger.warning("exiftool is installed but does not run: %s", answer.stderr.strip()[:200])
        return None
    if tuple(int(part) for part in version.split(".")) < OLDEST_SAFE_VERSION:
        logger.warning("exiftool %s is not used: it is unsafe (CVE-2021-22204)", version)
        return None
    return version


def read(content: bytes) -> MetadataReading:
    """The tags of one picture. It takes about 10 ms; some damaged files make exiftool search long.

    Raises RejectedImage when it takes longer than ``limits.metadata_seconds``, answers absurdly
    much or unreadably, or ends twice over this picture.
    """
    seconds = limits_in_force().metadata_seconds
    try:
        answer = _kept_process().ask(content, seconds)
    except ExiftoolEnded:  # used up, or ended by the system: the picture may not be the cause
        answer = _ask_again(content, seconds)
    return reading_of(answer)


def _ask_again(content: bytes, seconds: float) -> bytes:
    refuse_to_do_without()
    try:
        return _kept_process().ask(content, seconds)
    except ExiftoolEnded as error:
        raise RejectedImage("exiftool ends without an answer when it reads it") from error


class ExiftoolProcess:
    """One running exiftool. Use it from one thread."""

    def __init__(self) -> None:
        self._memory = file_in_memory()
        self._disk: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as this
        self._process = subprocess.Popen(  # noqa: S603 - a fixed command, no shell text of others
            ["sh", "-c", PROGRAM, "sh", *COMMAND],  # noqa: S607 - the shell of the system
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            pass_fds=[self._memory.fileno(), self._disk.fileno()],
            start_new_session=True,
            bufsize=0,
            env=ENVIRONMENT | {"PATH": os.environ.get("PATH", os.defpath)},
            preexec_fn=self._confine,  # noqa: PLW1509 - decoders have one thread then
        )
        self._count = 0

    @property
    def process_group(self) -> int:
        """The group of its processes, which ``end`` kills."""
        return self._process.pid

    def _confine(self) -> None:
        """It reads bytes of strangers, too."""
        readable = (self._memory.fileno(), self._disk.fileno())
        confine_program(Path(shutil.which(COMMAND[0]) or COMMAND[0]), readable)

    @property
    def is_running(self) -> bool:
        """Whether it can still be asked."""
        return self._process.poll() is None

    def ask(self, content: bytes, seconds: float) -> bytes:
        """Return the JSON for ``content``; after an exception the process is dead, too."""
        descriptor = self._hand_over(content)
        self._count += 1
        lines = [*ARGUMENTS, f"/dev/fd/{descriptor}", f"-execute{self._count}", ""]
        try:
            self._pipe(self._process.stdin).write("\n".join(lines).encode())
            return self._answer(f"{{ready{self._count}}}\n".encode(), seconds)
        except BrokenPipeError as error:
            self.end()
            raise ExiftoolEnded from error
        except (ExiftoolEnded, RejectedImage):
            self.end()
            raise

    def _hand_over(self, content: bytes) -> int:
        """Put the picture where exiftool can read it, and return that file's descriptor."""
        file = self._memory if len(content) <= IN_MEMORY_BYTES else self._disk
        file.seek(0)
        file.truncate()
        file.write(content)
        file.flush()
        file.seek(0)
        return file.fileno()

    def _answer(self, last_line: bytes, seconds: float) -> bytes:
        deadline = time.monotonic() + seconds
        stdout = self._pipe(self._process.stdout)
        answer = bytearray()
        with selectors.DefaultSelector() as selector:
            selector.register(stdout, selectors.EVENT_READ)
            while not answer.endswith(last_line):
                if not selector.select(max(0.0, deadline - time.monotonic())):
                    limit = f"limits.metadata_seconds: {seconds:g}"
                    raise RejectedImage(f"reading its metadata takes exiftool too long ({limit})")
                chunk = os.read(stdout.fileno(), 1_048_576)
                if not chunk:
                    raise ExiftoolEnded
                answer += chunk
                if len(answer) > LARGEST_ANSWER_BYTES:
                    raise RejectedImage("its metadata are larger than 128 MiB")
        return bytes(answer[: -len(last_line)])

    @staticmethod
    def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
        if pipe is None:
            raise ValueError("exiftool was started without pipes")
        return pipe

    def end(self) -> None:
        """Kill it, the shell and all, and free what it used. May be called again."""
        if self.is_running:
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        for file in (self._process.stdin, self._process.stdout, self._memory, self._disk):
            self._pipe(file).close()


def file_in_memory() -> IO[bytes]:
    """A nameless file in memory on Linux, on disk elsewhere."""
    if not hasattr(os, "memfd_create"):
        return tempfile.TemporaryFile()
    return os.fdopen(os.memfd_create("picture"), "w+b")


_kept: dict[int, ExiftoolProcess] = {}
"""The running exiftool by process id: a forked child must not talk on its parent's pipe."""


def keep_open() -> ExiftoolProcess | None:
    """This process' exiftool, started now if it is not running; None where there is none to use.

    For processes that can start no program later: decoders.
    """
    return _kept_process() if usable_version() else None


def _kept_process() -> ExiftoolProcess:
    kept = _kept.get(os.getpid())
    if kept is None or not kept.is_running:
        if not may_start_programs():
            raise ExiftoolEnded
        end_kept_process()
        kept = _kept[os.getpid()] = ExiftoolProcess()
        atexit.register(end_kept_process)
    return kept


def end_kept_process() -> None:
    """End this process' exiftool, if it has one."""
    kept = _kept.pop(os.getpid(), None)
    if kept is not None:
        kept.end()

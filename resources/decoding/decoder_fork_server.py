"""The process that decoders are forked from: it has imported their libraries and does nothing else.

A program has one. A process that is forked while it runs forks its decoders from the same one: the
service starts it once, and its runs find it ready. It begins with little of the environment.

Uses internals of Python's multiprocessing: Python has one fork server per process and starts it
anew in each child; it imports the program's main module in every process.
"""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing import forkserver, resource_tracker, util
from multiprocessing.context import ForkServerContext, ForkServerProcess
from multiprocessing.popen_forkserver import Popen
from multiprocessing.process import BaseProcess
from pathlib import Path

ALWAYS_PRELOADED = ("resources.decoding.pixels", "resources.decoding.decoder_process")

NEEDED = frozenset(
    {
        *("PATH", "HOME", "LANG", "LANGUAGE", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "LD_PRELOAD"),
        *("DYLD_LIBRARY_PATH", "FONTCONFIG_FILE", "FONTCONFIG_PATH", "VIRTUAL_ENV"),
    }
)
NEEDED_GROUPS = ("LC_", "PYTHON", "VIPS_", "OMP_", "OPENBLAS_", "MALLOC_", "COVERAGE_")
"""All of the environment that decoders get: they read files of strangers, and others' settings may
hold keys."""

CODE = str(Path(__file__).parents[2])
"""Where our packages are."""

CONFINED = {"VIPS_DISC_THRESHOLD": "1024g", "OPENBLAS_NUM_THREADS": "1"}
"""Decoders may write no files: libvips keeps pictures of any size in memory, which is limited. It
knows the units k, m and g only, and takes "1t" for one byte. And
no import may start threads, since a process is confined before it has any."""

MAIN_LOCATION = ("__file__", "__spec__")
"""Where multiprocessing finds the main module."""


class _DecoderForkServer(forkserver.ForkServer):
    """Belongs to the process that started it, and serves those that are forked from that one."""

    owner: int | None = None

    def ensure_running(self) -> None:
        if self.owner in (None, os.getpid()):
            self.owner = os.getpid()
            with _bare_spawning():
                super().ensure_running()
        else:
            resource_tracker.ensure_running()


_server = _DecoderForkServer()
_launching = threading.Lock()


class _DecoderProcess(ForkServerProcess):
    """A process of the decoders' fork server that does not import the program's main module.

    Multiprocessing would, so that functions of ``__main__`` can be found: here that means a second
    import of the command line, or of pytest, per worker.
    """

    @staticmethod
    def _Popen(process_obj: BaseProcess) -> Popen:  # noqa: N802 - multiprocessing's name
        with _launching, _main_module_hidden(), _own_fork_server():
            return ForkServerProcess._Popen(process_obj)


class _DecoderContext(ForkServerContext):
    Process = _DecoderProcess


def decoder_context(preload: Sequence[str]) -> ForkServerContext:
    """The context in which decoder processes are started.

    The fork server imports the modules ``preload`` when it starts, if it does not run yet.
    """
    _server.set_forkserver_preload([*ALWAYS_PRELOADED, *preload])
    return _DecoderContext()


def start_fork_server(preload: Sequence[str]) -> None:
    """Have the fork server import its libraries now, beside other work; the pool finds it ready.

    To be called from the main thread.
    """
    decoder_context(preload)
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # inherited: Ctrl-C is for the command
    try:
        _server.ensure_running()
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _main_module_hidden() -> Iterator[None]:
    namespace: dict[str, object] = sys.modules["__main__"].__dict__
    hidden = {key: value for key, value in namespace.items() if key in MAIN_LOCATION}
    namespace.update(dict.fromkeys(hidden))
    try:
        yield
    finally:
        namespace.update(hidden)


@contextmanager
def _own_fork_server() -> Iterator[None]:
    before = forkserver.connect_to_new_process
    forkserver.connect_to_new_process = _server.connect_to_new_process
    try:
        yield
    finally:
        forkserver.connect_to_new_process = before


@contextmanager
def _bare_spawning() -> Iterator[None]:
    before = util.spawnv_passfds
    util.spawnv_passfds = _spawn_barely  # type: ignore[assignment]  # str, not bytes
    try:
        yield
    finally:
        util.spawnv_passfds = before


def _spawn_barely(path: str, arguments: Sequence[str], descriptors: Sequence[int]) -> int:
    """Start a program that knows little and finds no code where the user happens to be."""
    process = subprocess.Popen(  # noqa: S603 - multiprocessing's own command
        arguments, executable=path, pass_fds=descriptors, env=bare_environment(), cwd="/"
    )
    process.returncode = 0  # multiprocessing asks for it
    return process.pid


def bare_environment() -> dict[str, str]:
    """What the fork server is started with; a process keeps for good what it began with."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name in NEEDED or name.startswith(NEEDED_GROUPS)
    }
    paths = [CODE, *kept.get("PYTHONPATH", "").split(os.pathsep)]
    own = os.pathsep.join(path for path in paths if path.startswith("/"))
    return {**kept, **CONFINED, "PYTHONPATH": own, "PYTHONSAFEPATH": "1"}

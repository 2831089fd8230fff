"""A decoder that tries what no decoder may: ``media doctor`` says whether it succeeds."""

import os
import socket
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from resources.configuration.settings import Settings
from resources.confinement.confined_process import Confinement
from resources.decoding.decoder_pool import DecoderPool, Task
from resources.sources.originals import Source

SYSTEM_FILE = Path("/etc/passwd")


def what_decoders_reach(settings: Settings) -> tuple[Confinement, list[str]]:
    """What the kernel grants, and what a decoder process reaches nevertheless, in words.

    Raises DecoderDied when ``limits.require_confinement`` demands more than this kernel has.
    """
    nothing = Source("probe", "", "probe", b"/", settings.home)
    with DecoderPool(1, settings.limits, [__name__], tools=()) as pool:
        confinement = pool.confinement()
        ((_, attempt),) = pool.run([Task(make_probe, nothing, {})])
    found = attempt.value if isinstance(attempt.value, list) else [attempt.reason or "no answer"]
    return confinement, found


def make_probe(image: Source) -> list[str]:
    """Try each thing in this process; return the names of those that succeed."""
    return [name for name, reach in attempts(image.home).items() if is_reached(reach)]


def attempts(home: Path) -> Mapping[str, Callable[[], object]]:
    """Name -> a function that raises OSError where it is forbidden."""
    return {
        "files of the system": SYSTEM_FILE.read_bytes,
        "files of MEDIA_HOME": lambda: os.listdir(home),  # noqa: PTH208 - only whether it works
        "writing files": lambda: os.open(
            home / "locks" / ".probe", os.O_WRONLY | os.O_CREAT, 0o600
        ),
        "the network": lambda: socket.socket(socket.AF_INET).close(),
        "sockets of the machine": lambda: socket.socket(socket.AF_UNIX).close(),
        "other processes": lambda: os.kill(os.getppid(), 0),
        "the environment of other processes": Path(f"/proc/{os.getppid()}/environ").read_bytes,
        "starting processes": start_process,
    }


def start_process() -> None:
    """Fork a process that ends at once."""
    if os.fork() == 0:
        os._exit(0)


def is_reached(reach: Callable[[], object]) -> bool:
    """Whether it can be done."""
    with suppress(OSError):
        reach()
        return True
    return False

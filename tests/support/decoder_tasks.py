"""What the tests of the decoder pool have it run; importable, so that a child finds it."""

import os
import resource
import signal
import time
from pathlib import Path
from typing import Any

from resources.decoding.pixels import decode_upright, limits_in_force, note
from resources.outcomes import RejectedImage, UnsupportedImage
from resources.sources.originals import SourceImage


def name_of(image: SourceImage) -> str:
    return image.image_id


def greeting(image: SourceImage, word: str) -> str:
    return f"{word}, {image.image_id}"


def process_id(image: SourceImage) -> int:
    del image
    return os.getpid()


def limits(image: SourceImage) -> dict[str, Any]:
    del image
    kinds = ("RLIMIT_AS", "RLIMIT_CORE", "RLIMIT_CPU")
    return {kind: resource.getrlimit(getattr(resource, kind))[0] for kind in kinds}


def die(image: SourceImage) -> None:
    del image
    os.kill(os.getpid(), signal.SIGSEGV)


def die_once(image: SourceImage, marker: str) -> str:
    if not Path(marker).exists():
        Path(marker).touch()
        os.kill(os.getpid(), signal.SIGSEGV)
    return image.image_id


def hog_memory(image: SourceImage) -> int:
    del image
    return len(bytearray(64 * 1024**3))


def page_faults(image: SourceImage, size_bytes: int) -> int:
    """How often the kernel had to find memory for one buffer."""
    del image
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    buffer = b"x" * size_bytes
    after = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    assert len(buffer) == size_bytes
    return after - before


def sleep(image: SourceImage) -> None:
    del image
    time.sleep(600)


def sleep_ignoring_termination(image: SourceImage) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sleep(image)


def complain(image: SourceImage) -> str:
    note("a comment is too long")
    note("a comment is too long")
    return image.image_id


def reject(image: SourceImage) -> None:
    del image
    raise RejectedImage("damaged: half of it\x1b[31m is missing")


def do_not_support(image: SourceImage) -> None:
    del image
    raise UnsupportedImage("a film")


def read_file(image: SourceImage) -> bytes:
    return image.content()


def have_a_bug(image: SourceImage) -> float:
    del image
    return 1 / 0


def unpicklable(image: SourceImage) -> object:
    del image
    return lambda: None


def upright_size(image: SourceImage) -> tuple[int, int]:
    decoded = decode_upright(image.content(), limits_in_force())
    return decoded.image.width, decoded.image.height

"""What the tests of the decoder pool have it run; importable, so that a child finds it."""

import gc
import os
import resource
import signal
import time
from typing import Any

from resources.decoding.decoding_context import (
    FreshProcessNeeded,
    killed_after,
    refuse_to_do_without,
    remark,
)
from resources.decoding.pixels import decode_upright, limits_in_force, note
from resources.outcomes import RejectedImage, UnsupportedImage
from resources.sources.originals import Source


def name_of(image: Source) -> str:
    return image.source_id


def greeting(image: Source, word: str) -> str:
    return f"{word}, {image.source_id}"


def collects_at_any_moment(image: Source) -> bool:
    del image
    return gc.isenabled()


def process_id(image: Source) -> int:
    del image
    return os.getpid()


def limits(image: Source) -> dict[str, Any]:
    del image
    kinds = ("RLIMIT_AS", "RLIMIT_CORE", "RLIMIT_CPU")
    return {kind: resource.getrlimit(getattr(resource, kind))[0] for kind in kinds}


def die(image: Source) -> None:
    del image
    os.kill(os.getpid(), signal.SIGSEGV)


def die_once(image: Source) -> str:
    """Die in every process but the one that is the last to try."""
    try:
        refuse_to_do_without()
    except FreshProcessNeeded:
        os.kill(os.getpid(), signal.SIGSEGV)
    return image.source_id


def hog_memory(image: Source) -> int:
    del image
    return len(bytearray(64 * 1024**3))


def page_faults(image: Source, size_bytes: int) -> int:
    """How often the kernel had to find memory for one buffer."""
    del image
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    buffer = b"x" * size_bytes
    after = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    assert len(buffer) == size_bytes
    return after - before


def end_by_signal(image: Source, name: str) -> None:
    del image
    os.kill(os.getpid(), signal.Signals[name])


def burn(image: Source) -> None:
    """Use processor time until the end of days."""
    del image
    while True:
        pass


def nap(image: Source) -> str:
    time.sleep(0.4)
    return image.source_id


def nap_while_drawing(image: Source) -> str:
    with killed_after(0.1):
        return nap(image)


def sleep(image: Source) -> None:
    del image
    time.sleep(600)


def sleep_ignoring_termination(image: Source) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sleep(image)


def remark_once(image: Source) -> str:
    remark("a date is none")
    return image.file_name


def note_twice(image: Source) -> str:
    note("a comment is too long")
    note("a comment is too long")
    return image.source_id


def reject(image: Source) -> None:
    del image
    raise RejectedImage("damaged: half of it\x1b[31m is missing")


def do_not_support(image: Source) -> None:
    del image
    raise UnsupportedImage("a film")


def read_file(image: Source) -> bytes:
    return image.content()


def have_a_bug(image: Source) -> float:
    del image
    return 1 / 0


def unpicklable(image: Source) -> object:
    del image
    return lambda: None


def upright_size(image: Source) -> tuple[int, int]:
    decoded = decode_upright(image.content(), limits_in_force())
    return decoded.image.width, decoded.image.height

"""A walk through a landing root that does not wait forever: a dead network mount answers nobody.

The root is walked in a thread of its own, since nothing can interrupt a system call that hangs.
"""

import threading
from collections.abc import Iterator
from itertools import islice
from queue import Empty, Queue

from resources.landing.exclusions import Exclusions
from resources.landing.scan import Found, Problem, walk
from resources.stores.beneath import NamedFolders

PATIENCE_SECONDS = 10.0
"""Without any answer; a slow root that answers is waited for."""

FILES_AT_ONCE = 2000

SILENT = f"does not answer for {PATIENCE_SECONDS:g} s; the other folders go on without it"

Some = list[Found]

_walking: dict[bytes, threading.Thread] = {}
"""Root -> the thread that walks it, or is stuck in it."""


def patient_walk(
    root_name: str, root: bytes, exclusions: Exclusions, folders: NamedFolders
) -> Iterator[Some]:
    """What ``walk`` finds, some files at a time; a root that falls silent is one Problem."""
    stuck = _walking.get(root)
    if stuck is not None and stuck.is_alive():
        yield [Problem(root_name, b"", SILENT)]
        return
    found: Queue[Some | BaseException] = Queue()
    _walking[root] = threading.Thread(
        target=_walk, args=(walk(root_name, root, exclusions, folders), found), daemon=True
    )
    _walking[root].start()
    while True:
        try:
            some = found.get(timeout=PATIENCE_SECONDS)
        except Empty:
            yield [Problem(root_name, b"", SILENT)]
            return
        if isinstance(some, BaseException):
            raise some
        if not some:
            _walking.pop(root).join()
            return
        yield some


def _walk(walked: Iterator[Found], found: "Queue[Some | BaseException]") -> None:
    """Hand over what is found, and nothing at the end."""
    try:
        while some := list(islice(walked, FILES_AT_ONCE)):
            found.put(some)
        found.put([])
    except BaseException as error:  # noqa: BLE001 - raised again by the look
        found.put(error)

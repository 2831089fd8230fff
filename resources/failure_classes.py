"""Why something failed for our reasons, in few classes: how long the next try waits follows it.

An exception may name its class itself, in an attribute ``failure_class``; any other is told by its
type. What is wrong with a file is no failure: see ``resources.outcomes``.
"""

import errno
from enum import StrEnum


class FailureClass(StrEnum):
    """What kept a result from being made."""

    DISK_FULL = "disk_full"
    ENDPOINT = "endpoint"  # a server could not be reached, or refused
    OUT_OF_MEMORY = "out_of_memory"
    TIMEOUT = "timeout"
    INTERRUPTED = "interrupted"  # its process was ended from outside
    UNKNOWN = "unknown"  # most likely a fault in the program


NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT})


def class_of(error: BaseException) -> FailureClass:
    """The class of what was raised."""
    named = getattr(error, "failure_class", None)
    if isinstance(named, FailureClass):
        return named
    if isinstance(error, OSError) and error.errno in NO_SPACE:
        return FailureClass.DISK_FULL
    if isinstance(error, MemoryError) or getattr(error, "errno", None) == errno.ENOMEM:
        return FailureClass.OUT_OF_MEMORY
    return FailureClass.TIMEOUT if isinstance(error, TimeoutError) else FailureClass.UNKNOWN

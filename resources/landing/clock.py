"""The two clocks of landing: one dates rows, the other measures how long a file stayed as it is."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime


def utc_now() -> datetime:
    """The wall clock."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Clock:
    """``now`` dates rows. ``steady_s`` measures waiting: seconds that nobody can set or step.

    Linux and macOS count the latter from the start of the machine, the same in all processes.
    A difference of two readings is never more than the time that really passed, not even across a
    restart, so that no file is taken early; one from before a restart only starts the wait again.
    """

    now: Callable[[], datetime] = utc_now
    steady_s: Callable[[], float] = time.monotonic

"""What ``decide`` may say is to be done with a file of a landing root; ``apply`` does it."""

from dataclasses import dataclass

from resources.landing.records import Pending
from resources.landing.scan import Signature
from resources.sources.identities import KnownSource


@dataclass(frozen=True, slots=True)
class Wait:
    """Note that the file waits: it is new, or its wait starts again."""

    entry: Pending


@dataclass(frozen=True, slots=True)
class KeepWaiting:
    """Leave the file as it is noted."""

    entry: Pending


@dataclass(frozen=True, slots=True)
class Take:
    """Read the file: it has settled."""

    entry: Pending


@dataclass(frozen=True, slots=True)
class BackOff:
    """Try the file again later, and later each time; ``at_s`` is when this try failed."""

    entry: Pending
    reason: str
    at_s: float


@dataclass(frozen=True, slots=True)
class KeepProblem:
    """Leave the file's problem on record: the time for another try has not come."""

    entry: Pending


@dataclass(frozen=True, slots=True)
class ReportProblem:
    """Report a problem with this path to people."""

    root: str
    path: bytes
    reason: str


@dataclass(frozen=True, slots=True)
class TooLarge:
    """Report that a file is above the limit; ``batch`` is where it would belong."""

    root: str
    path: bytes
    reason: str
    batch: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Remove:
    """Remove the file from its landing folder: its bytes are kept, or it was a list."""

    path: bytes
    signature: Signature


@dataclass(frozen=True, slots=True)
class Follow:
    """Read the source from this file from now on: the one that it was read from is gone."""

    source: KnownSource
    path: bytes


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Record in the batch of a list that this file cannot be taken any more."""

    entry: Pending
    reason: str


@dataclass(frozen=True, slots=True)
class Forget:
    """Do not wait for the file any longer: it is gone."""

    entry: Pending


Watched = Wait | KeepWaiting | Take | BackOff | KeepProblem
"""Actions that say that the file is there and is waited for."""

ProblemAction = ReportProblem | TooLarge | BackOff | KeepProblem
"""Actions that say what needs a person."""

Action = Watched | ReportProblem | TooLarge | Remove | Follow | GiveUp | Forget

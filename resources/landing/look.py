"""One look at the landing roots: what it works with, and what it found out so far."""

import logging
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from resources.configuration.media_home import MediaHome
from resources.configuration.settings import Settings
from resources.landing.ledger import KnownImage, LandingLedger, Pending, Trouble
from resources.landing.roots import WatchedRoot
from resources.landing.scan import Problem, Signature
from resources.rows.row_store import RowStore
from resources.stores.content_store import ContentStore

FIRST_RETRY_S = 5.0
LAST_RETRY_S = 600.0
"""A file that cannot be read is tried again after 5 s, 10 s, 20 s, ... at most 10 minutes."""

logger = logging.getLogger(__name__)


def utc_now() -> datetime:
    """The wall clock."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Clock:
    """``now`` dates rows. ``steady_s`` measures waiting: seconds that nobody can set or step.

    Linux and macOS count the latter from the start of the machine, the same in all processes.
    A difference of two readings is never more than the time that really passed, not even across a
    restart, so that no file is taken early; one from before a restart only starts the wait anew.
    """

    now: Callable[[], datetime] = utc_now
    steady_s: Callable[[], float] = time.monotonic


@dataclass(frozen=True)
class Relocation:
    """Where the bytes of a known image are from now on; ``path`` as in its original row."""

    image_id: str
    mode: str
    path: bytes
    root: str
    file_name: str


@dataclass
class Look:
    """The tools of one look, and its tallies."""

    settings: Settings
    rows: RowStore
    ledger: LandingLedger
    clock: Clock
    roots: dict[str, WatchedRoot]
    deadline_s: float
    troubles: dict[tuple[str, bytes], Trouble] = field(default_factory=dict)
    seen_count: int = 0
    read_count: int = 0
    accepted_count: int = 0
    duplicate_count: int = 0
    has_taken: bool = False
    relocations: list[Relocation] = field(default_factory=list)
    held: dict[str, bool] = field(default_factory=dict)
    earlier_troubles: dict[tuple[str, bytes], Trouble] = field(init=False)

    def __post_init__(self) -> None:
        self.earlier_troubles = self.ledger.problems()

    @property
    def home(self) -> MediaHome:
        """The paths below MEDIA_HOME."""
        return self.settings.media_home

    @property
    def originals(self) -> ContentStore:
        """Where copies are kept."""
        return ContentStore(self.home.originals)

    def is_kept(self, image: KnownImage) -> bool:
        """Whether the bytes of an image lie in ``originals``, by their size."""
        if image.mode != "move":
            return False
        try:
            status = os.lstat(os.path.join(os.fsencode(self.home.root), image.path))  # noqa: PTH118
        except FileNotFoundError:
            return False
        return status.st_size == image.size_bytes

    def holds_still(self, image: KnownImage) -> bool:
        """Whether the referenced file that stands for an image is still there, unchanged.

        Looked up once per look: a thousand copies of a file ask for the same one.
        """
        if image.image_id not in self.held:
            self.held[image.image_id] = image.mode == "reference" and self._was_seen(image)
        return self.held[image.image_id]

    def _was_seen(self, image: KnownImage) -> bool:
        try:
            found = Signature.of(os.lstat(image.path))
        except OSError:
            return False
        return self.ledger.was_seen_as(image.image_id, found)

    def complain(self, root: str, path: bytes, reason: str) -> None:
        """Note what needs a person; it is logged when it is new."""
        trouble = Trouble(reason)
        earlier = self.earlier_troubles.get((root, path))
        if earlier is not None and earlier.reason == reason:
            trouble = earlier
        else:
            logger.warning("%s", Problem(root, path, reason))
        self.troubles[root, path] = trouble

    def put_off(self, entry: Pending, reason: str) -> None:
        """Note that a file cannot be taken now, and try it again later and later."""
        self.complain(entry.root, entry.path, reason)
        tried = self.troubles[entry.root, entry.path]
        wait_s = min(FIRST_RETRY_S * 2**tried.attempts, LAST_RETRY_S)
        self.troubles[entry.root, entry.path] = replace(
            tried, attempts=tried.attempts + 1, retry_at_s=self.clock.steady_s() + wait_s
        )

    def is_put_off(self, entry: Pending) -> bool:
        """Whether the time for another try has not come; then its trouble stays on record."""
        trouble = self.earlier_troubles.get((entry.root, entry.path))
        if trouble is None:
            return False
        wait_s = trouble.retry_at_s - self.clock.steady_s()
        if not 0 < wait_s <= LAST_RETRY_S:
            return False
        self.troubles[entry.root, entry.path] = trouble
        return True

    def restart_wait(self, entry: Pending) -> None:
        """Let a file settle once more."""
        self.ledger.put_pending([replace(entry, since_s=self.clock.steady_s())])

    @property
    def is_out_of_time(self) -> bool:
        """Whether the budget is spent; never before something was taken."""
        return self.has_taken and self.clock.steady_s() >= self.deadline_s

    def problems(self) -> tuple[Problem, ...]:
        """What needs a person, by root and path."""
        return tuple(Problem(*place, t.reason) for place, t in sorted(self.troubles.items()))

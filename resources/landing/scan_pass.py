"""What one look at the landing roots works with. Nothing is collected in it."""

import errno
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

from resources.configuration.media_home import MediaHome
from resources.configuration.priority_names import Priority
from resources.configuration.settings import Settings
from resources.landing.clock import Clock
from resources.landing.ledger import LandingLedger
from resources.landing.listable import ListableFiles
from resources.landing.priorities import BatchPlace, priority_of, rank_of, said_priorities
from resources.landing.records import Pending
from resources.landing.roots import WatchedRoot
from resources.landing.scan import Signature
from resources.rows.row_store import RowStore
from resources.sources.identities import KnownSource
from resources.sources.source_rows import MOVE, REFERENCE
from resources.stores.beneath import NamedFolders, Place
from resources.stores.content_store import ContentStore
from resources.stores.kept_originals import is_kept

MediumOf = Callable[[bytes], str | None]
"""The medium of a file by its first bytes (HEAD_BYTES of them); None: an image."""


class NotListable(OSError):
    """A list may not name this file, or no longer."""

    def __init__(self, reason: str) -> None:
        super().__init__(errno.EACCES, reason)


class BytesAtHand:
    """Says whether the bytes of a source are where its original row says, without reading them."""

    def __init__(self, home: MediaHome, ledger: LandingLedger, folders: NamedFolders) -> None:
        self.home = home
        self.ledger = ledger
        self.folders = folders
        self._still_there: dict[tuple[str, bytes], bool] = {}

    def are_kept(self, source: KnownSource) -> bool:
        """Whether the bytes are in ``originals``, by their size."""
        return source.mode == MOVE and is_kept(self.home.root, source.path, source.size_bytes)

    def are_referenced(self, source: KnownSource) -> bool:
        """Whether the referenced file with a source's bytes is still there, unchanged.

        Looked up once per look: a thousand copies of a file ask for the same one.
        """
        key = source.source_id, source.path
        if key not in self._still_there:
            self._still_there[key] = source.mode == REFERENCE and self._was_seen(source)
        return self._still_there[key]

    def hold(self, source: KnownSource) -> bool:
        """Whether the bytes are kept, or referenced and still there."""
        return self.are_kept(source) or self.are_referenced(source)

    def _was_seen(self, source: KnownSource) -> bool:
        try:
            found = Signature.of(self.folders.reach(source.path).status())
        except OSError:
            return False
        return self.ledger.was_seen_as(source.source_id, found)


@dataclass(frozen=True)
class ScanPass:
    """The tools of one look; ``deadline_s`` on the steady clock is when its time is up."""

    settings: Settings
    rows: RowStore
    ledger: LandingLedger
    clock: Clock
    at_hand: BytesAtHand
    medium_of: MediumOf
    deadline_s: float
    may_list: ListableFiles
    folders: NamedFolders

    @property
    def home(self) -> MediaHome:
        """The paths below MEDIA_HOME."""
        return self.settings.media_home

    @property
    def originals(self) -> ContentStore:
        """Where copies are kept."""
        return ContentStore(self.home.originals)

    @cached_property
    def _said_priorities(self) -> dict[BatchPlace, Priority]:
        return said_priorities(self.rows)

    def rank(self, root: str, batch: str) -> int:
        """The place of a batch among others: the lowest goes first."""
        return rank_of(priority_of(root, batch, self._said_priorities, self.settings))

    def is_urgent(self, root: str, batch: str) -> bool:
        """Whether no other batch goes before this one."""
        return self.rank(root, batch) == 0

    def place(self, root: WatchedRoot, path: bytes) -> Place:
        """Where a file of the root is, or (an absolute path) one that a list named.

        Raises NotListable, OSError.
        """
        if not path.startswith(b"/"):
            return Place(self.folders.at(root.path), path)
        place = self.may_list.place(path)
        if isinstance(place, str):
            raise NotListable(place)
        return place

    def absolute(self, root: WatchedRoot, path: bytes) -> bytes:
        """The absolute path of a file of the root, or of one that a list named."""
        return self.may_list.real(path) if path.startswith(b"/") else root.absolute(path)

    def restart_wait(self, entry: Pending) -> None:
        """Let a file settle once more."""
        self.ledger.put_pending([replace(entry, since_s=self.clock.steady_s())])

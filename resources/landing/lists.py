"""Reads settled lists of paths: what they name is taken as one batch, what is missing is recorded.

Files that a list names are copied or referenced, never moved or deleted; only those that lie in
the landing folder itself are moved like everything there, but with the list's batch.
"""

import os
import stat
from dataclasses import replace

from resources.landing.batches import read_list
from resources.landing.draft import record_events
from resources.landing.file import StillChanging
from resources.landing.ledger import Kind, Pending
from resources.landing.look import Look
from resources.landing.roots import OwnFiles, WatchedRoot
from resources.landing.scan import Signature
from resources.sources.source_identity import display_path
from resources.sources.source_rows import LISTED_MISSING, OPENED, BatchEventRow


def open_list(look: Look, root: WatchedRoot, entry: Pending) -> None:
    """Record the batch of a settled list and start watching the files that it names."""
    try:
        paths = read_list(root.absolute(entry.path), entry.signature)
    except StillChanging:
        look.restart_wait(entry)
        return
    except OSError as error:
        look.put_off(entry, f"cannot be read ({error.strerror})")
        return
    claims = Claims(look, root, entry, look.ledger.pending(root.name) if root.is_move else {})
    found = {path: claims.claim(path) for path in paths}
    detail = f"{display_path(entry.path)} names {len(paths)} files"
    events = [_event(look, entry, OPENED, detail)]
    events += [_missing(look, entry, p, why) for p, why in found.items() if isinstance(why, str)]
    record_events(look, events)
    with look.ledger.transaction():
        look.ledger.remember_file((entry.root, entry.path), entry.signature, "", entry.batch)
        look.ledger.drop_pending(entry.root, [entry.path])
        look.ledger.put_pending(claim for claim in found.values() if isinstance(claim, Pending))


def give_up_entry(look: Look, entry: Pending, reason: str) -> None:
    """Record that a listed file cannot be taken any more."""
    record_events(look, [_missing(look, entry, entry.path, reason)])


class Claims:
    """What the list ``entry`` may have of what it names; ``landing`` waits in its root."""

    def __init__(
        self, look: Look, root: WatchedRoot, entry: Pending, landing: dict[bytes, Pending]
    ) -> None:
        self.look = look
        self.root = root
        self.entry = entry
        self.landing = landing
        self.own = OwnFiles(look.home)

    def claim(self, path: bytes) -> Pending | str | None:
        """What to watch for a listed path, why it cannot be, or None: it was taken before."""
        inside = path.removeprefix(self.root.path + b"/")
        if inside in self.landing:
            held = self.landing[inside]
            return replace(held, batch=self.entry.batch, listed_in=self.entry.path)
        state = _look_at(self.own, path)
        if isinstance(state, Signature):
            return self._watch(path, state)
        was_taken = self.root.is_move and self.look.ledger.known_file(self.root.name, inside)
        return None if was_taken else state

    def _watch(self, path: bytes, state: Signature) -> Pending:
        return Pending(
            root=self.root.name,
            path=path,
            signature=state,
            since_s=self.look.clock.steady_s(),
            batch=self.entry.batch,
            kind=Kind.LISTED,
            listed_in=self.entry.path,
        )


def _look_at(own: OwnFiles, path: bytes) -> Signature | str:
    """The state of a listed file, or why it cannot be taken."""
    if b"\0" in path:
        return "no file name has a zero byte"
    try:
        status = os.lstat(path)
    except OSError as error:
        return f"it is not there ({error.strerror})"
    if not stat.S_ISREG(status.st_mode):
        return "it is not a regular file"
    if own.include(path):
        return "it is one of this system's own files"
    return Signature.of(status)


def _missing(look: Look, entry: Pending, path: bytes, reason: str) -> BatchEventRow:
    return _event(look, entry, LISTED_MISSING, f"{display_path(path)}: {reason}")


def _event(look: Look, entry: Pending, event: str, detail: str) -> BatchEventRow:
    return BatchEventRow(entry.batch, entry.root, event, detail, look.clock.now())

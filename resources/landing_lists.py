"""Reads settled lists of paths: what they name is taken as one batch, what is missing is recorded.

Files that a list names are copied or referenced, never moved or deleted; only those that lie in
the landing folder itself are moved like everything there, but with the list's batch.
"""

import os
import stat
from pathlib import Path

from resources.image_identity import display_path
from resources.ingest_rows import LISTED_MISSING, OPENED, BatchEventRow
from resources.landing_batches import read_list
from resources.landing_draft import record_events
from resources.landing_file import StillChanging
from resources.landing_ledger import Kind, Pending
from resources.landing_look import Look
from resources.landing_roots import WatchedRoot, own_folders
from resources.landing_scan import Signature


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
    landing = look.ledger.pending(root.name) if root.is_move else {}
    found = {path: _claim(look, root, entry, path, landing) for path in paths}
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


def _claim(
    look: Look, root: WatchedRoot, entry: Pending, path: bytes, landing: dict[bytes, Pending]
) -> Pending | str | None:
    """What is to be watched for a listed path, why it cannot be, or None: it was taken before."""
    inside = path.removeprefix(root.path + b"/")
    if inside in landing:
        held = landing[inside]
        return Pending(
            held.root, inside, held.signature, held.since_s, entry.batch, held.kind, entry.path
        )
    state = _look_at(look, path)
    if isinstance(state, Signature):
        now_s = look.clock.steady_s()
        return Pending(entry.root, path, state, now_s, entry.batch, Kind.LISTED, entry.path)
    was_taken = root.is_move and look.ledger.known_file(root.name, inside) is not None
    return None if was_taken else state


def _look_at(look: Look, path: bytes) -> Signature | str:
    """The state of a listed file, or why it cannot be taken."""
    if b"\0" in path:
        return "no file name has a zero byte"
    try:
        status = os.lstat(path)
        folder = Path(os.fsdecode(path)).parent.resolve()
    except OSError as error:
        return f"it is not there ({error.strerror})"
    if not stat.S_ISREG(status.st_mode):
        return "it is not a regular file"
    if any(folder.is_relative_to(own.resolve()) for own in own_folders(look.home)):
        return "it is one of this system's own files"
    return Signature.of(status)


def _missing(look: Look, entry: Pending, path: bytes, reason: str) -> BatchEventRow:
    return _event(look, entry, LISTED_MISSING, f"{display_path(path)}: {reason}")


def _event(look: Look, entry: Pending, event: str, detail: str) -> BatchEventRow:
    return BatchEventRow(entry.batch, entry.root, event, detail, look.clock.now())

"""Reads settled lists of paths: what they name is taken as one batch, what is missing is recorded.

Files that a list names are copied or referenced, never moved or deleted.
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
    found = {path: _look_at(look, path) for path in paths}
    detail = f"{display_path(entry.path)} names {len(paths)} files"
    events = [_event(look, entry, OPENED, detail)]
    events += [
        _event(look, entry, LISTED_MISSING, f"{display_path(path)}: {reason}")
        for path, reason in found.items()
        if isinstance(reason, str)
    ]
    record_events(look, events)
    present = {path: state for path, state in found.items() if isinstance(state, Signature)}
    _start_watching(look, entry, present)


def give_up_entry(look: Look, entry: Pending, reason: str) -> None:
    """Record that a listed file cannot be taken any more."""
    detail = f"{display_path(entry.path)}: {reason}"
    record_events(look, [_event(look, entry, LISTED_MISSING, detail)])


def _start_watching(look: Look, entry: Pending, present: dict[bytes, Signature]) -> None:
    now_s = look.clock.steady_s()
    with look.ledger.transaction():
        place = (entry.root, entry.path)
        look.ledger.remember_file(place, entry.signature, "", entry.batch)
        look.ledger.drop_pending(entry.root, [entry.path])
        look.ledger.put_pending(
            Pending(entry.root, path, state, now_s, entry.batch, Kind.LISTED, entry.path)
            for path, state in present.items()
        )


def _look_at(look: Look, path: bytes) -> Signature | str:
    """The state of a listed file, or why it cannot be taken."""
    try:
        status = os.lstat(path)
        folder = Path(os.fsdecode(path)).parent.resolve()
    except (OSError, ValueError) as error:  # ValueError: a zero byte
        return f"it is not there ({getattr(error, 'strerror', None) or error})"
    if not stat.S_ISREG(status.st_mode):
        return "it is not a regular file"
    if any(folder.is_relative_to(own.resolve()) for own in own_folders(look.home)):
        return "it is one of this system's own files"
    return Signature.of(status)


def _event(look: Look, entry: Pending, event: str, detail: str) -> BatchEventRow:
    return BatchEventRow(entry.batch, entry.root, event, detail, look.clock.now())

"""Reads settled lists of paths: what they name is taken as one batch, what is missing is recorded.

Files that a list names are copied or referenced, never moved or deleted; only those in
the landing folder itself are moved like everything there, but with the list's batch.
"""

import stat
from collections.abc import Sequence
from dataclasses import dataclass, replace

from resources.landing.actions import BackOff
from resources.landing.apply import missing_events, record_events
from resources.landing.batches import read_list
from resources.landing.file import StillChanging
from resources.landing.listable import ListableFiles
from resources.landing.records import FileKind, Pending
from resources.landing.roots import WatchedRoot
from resources.landing.scan import Signature
from resources.landing.scan_pass import ScanPass
from resources.sources.source_identity import display_path
from resources.sources.source_rows import OPENED, BatchEventRow

PATHS_AT_ONCE = 2000


@dataclass(frozen=True, slots=True)
class ListedPath:
    """A path that a list names.

    ``waiting``: it is in the landing folder and waits there. ``state``: what is there, or why it
    cannot be taken. ``was_taken``: it was in the landing folder before.
    """

    path: bytes
    waiting: Pending | None
    state: Signature | str
    was_taken: bool


def open_list(scan: ScanPass, root: WatchedRoot, entry: Pending) -> list[BackOff]:
    """Record the batch of a settled list and start watching the files that it names.

    Returns what needs a person: a list that cannot be read is tried again later.
    """
    try:
        folder = root.absolute(entry.path).rpartition(b"/")[0]
        paths = read_list(scan.place(root, entry.path), folder, entry.signature)
    except StillChanging:
        scan.restart_wait(entry)
        return []
    except OSError as error:
        reason = f"cannot be read ({error.strerror})"
        return [BackOff(entry, reason, scan.clock.steady_s())]
    now_s = scan.clock.steady_s()
    claims = [(one.path, claim(one, entry, now_s)) for one in listed_paths(scan, root, paths)]
    refused = [(path, why) for path, why in claims if isinstance(why, str)]
    detail = f"{display_path(entry.path)} names {len(paths)} files"
    count = sum(why is not None for _, why in claims)
    events = [BatchEventRow(entry.batch, entry.root, OPENED, detail, scan.clock.now(), count)]
    events += missing_events(scan, entry, refused)
    record_events(scan, events)
    with scan.ledger.transaction():
        scan.ledger.remember_file((entry.root, entry.path), entry.signature, "", entry.batch)
        scan.ledger.drop_pending(entry.root, [entry.path])
        scan.ledger.put_pending(wait for _, wait in claims if isinstance(wait, Pending))
    return []


def claim(listed: ListedPath, entry: Pending, now_s: float) -> Pending | str | None:
    """What to wait for, why a path cannot be taken, or None: it was taken before. Pure.

    ``entry`` is the list. A file that waits in the landing folder goes on waiting, for the list.
    """
    if listed.waiting is not None:
        return replace(listed.waiting, batch=entry.batch, listed_in=entry.path)
    if isinstance(listed.state, str):
        return None if listed.was_taken else listed.state
    return Pending(
        root=entry.root,
        path=listed.path,
        signature=listed.state,
        since_s=now_s,
        batch=entry.batch,
        kind=FileKind.LISTED,
        listed_in=entry.path,
    )


def listed_paths(scan: ScanPass, root: WatchedRoot, paths: Sequence[bytes]) -> list[ListedPath]:
    """What is at these absolute paths, and what is known of them."""
    pending = scan.ledger.pending(root.name) if root.is_move else {}
    found = []
    for start in range(0, len(paths), PATHS_AT_ONCE):
        some = paths[start : start + PATHS_AT_ONCE]
        inside = [path.removeprefix(root.path + b"/") for path in some]
        known = scan.ledger.known_files(root.name, inside) if root.is_move else {}
        for path, below in zip(some, inside, strict=True):
            waiting = pending.get(below)
            state = "" if waiting else look_at(scan.may_list, path)
            found.append(
                ListedPath(path, waiting, state, isinstance(state, str) and below in known)
            )
    return found


def look_at(may_list: ListableFiles, path: bytes) -> Signature | str:
    """The state of a listed file, or why it cannot be taken."""
    try:
        place = may_list.place(path)
        if isinstance(place, str):
            return place
        status = place.status()
    except OSError as error:
        return f"it is not there ({error.strerror})"
    if not stat.S_ISREG(status.st_mode):
        return "it is not a regular file"
    return Signature.of(status)

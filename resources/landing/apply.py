"""Carries out what was decided about the files of a root: ledger, batch events, removals.

Killed in between, a part of it is done; the next look decides again and does the rest.
"""

import secrets
from collections.abc import Iterable, Iterator, Sequence
from functools import partial

from resources.landing.actions import (
    BackOff,
    Follow,
    Forget,
    GiveUp,
    KeepProblem,
    ProblemAction,
    Remove,
    ReportProblem,
    Wait,
)
from resources.landing.file import StillChanging, remove_taken
from resources.landing.ledger_mirror import identities, mirror_accepted, mirror_event
from resources.landing.records import Pending
from resources.landing.roots import WatchedRoot
from resources.landing.scan import Signature
from resources.landing.scan_pass import ScanPass
from resources.landing.watch import RootScan
from resources.sources.acceptance import Arrival, accept
from resources.sources.source_identity import display_path
from resources.sources.source_rows import (
    BATCH_EVENT,
    LISTED_MISSING,
    REFERENCE,
    BatchEventRow,
    append,
)


def apply_root(scan: ScanPass, found: RootScan) -> list[ProblemAction]:
    """Do what was decided for the root, except reading files; return what needs a person."""
    actions = found.actions
    record_events(
        scan,
        [
            missing_event(scan, action.entry, action.entry.path, action.reason)
            for action in actions
            if isinstance(action, GiveUp)
        ],
    )
    waits = [action.entry for action in actions if isinstance(action, Wait)]
    gone = [action.entry.path for action in actions if isinstance(action, Forget)]
    if waits or gone:
        with scan.ledger.transaction():
            scan.ledger.drop_pending(found.root.name, gone)
            scan.ledger.put_pending(waits)
    removals = ((a.path, a.signature) for a in actions if isinstance(a, Remove))
    reports = [
        action for action in actions if isinstance(action, ReportProblem | BackOff | KeepProblem)
    ]
    return [*reports, *remove_all(found.root, removals)]


def follow_moved(scan: ScanPass, found: Sequence[RootScan]) -> None:
    """Record other files as the bytes of sources whose referenced files are gone.

    Of several copies the first one counts.
    """
    moved: dict[str, tuple[WatchedRoot, Arrival]] = {}
    for one in found:
        for action in one.actions:
            if isinstance(action, Follow):
                moved.setdefault(action.source.sha256, (one.root, _arrival(one.root, action)))
    for one in found:
        arrivals = [arrival for root, arrival in moved.values() if root == one.root]
        accepted = accept(
            scan.home,
            scan.rows,
            arrivals,
            root=one.root.name,
            batch="",
            now=scan.clock.now(),
            known=partial(identities, scan.ledger, scan.rows),
        )
        if accepted:
            with scan.ledger.transaction():
                mirror_accepted(scan.ledger, accepted)


def remove_all(
    root: WatchedRoot, files: Iterable[tuple[bytes, Signature]]
) -> Iterator[ProblemAction]:
    """Remove files that are on record from their landing folder; a changed one stays, as new."""
    for path, signature in files:
        try:
            remove_taken(root.absolute(path), signature)
        except StillChanging:
            continue  # the next look sees it
        except OSError as error:
            reason = f"it is taken, but cannot be removed from here ({error.strerror})"
            yield ReportProblem(root.name, path, reason)


def record_events(scan: ScanPass, events: Sequence[BatchEventRow]) -> None:
    """Commit those events that are not on record, and note them in the ledger at once."""
    has_event = scan.ledger.has_event
    new = [e for e in events if not has_event(e.root, e.batch, e.event, e.detail)]
    if not new:
        return
    append(scan.rows, BATCH_EVENT, new, run_id=f"batch-{secrets.token_hex(8)}")
    with scan.ledger.transaction():
        for event in new:
            mirror_event(scan.ledger, event)


def missing_event(scan: ScanPass, entry: Pending, path: bytes, reason: str) -> BatchEventRow:
    """The event that a file which the entry's batch should hold cannot be taken."""
    detail = f"{display_path(path)}: {reason}"
    return BatchEventRow(entry.batch, entry.root, LISTED_MISSING, detail, scan.clock.now())


def _arrival(root: WatchedRoot, action: Follow) -> Arrival:
    source = action.source
    path = root.absolute(action.path)
    name = path.rpartition(b"/")[2]
    return Arrival(source.sha256, source.size_bytes, name, REFERENCE, path)

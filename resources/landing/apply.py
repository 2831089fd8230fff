"""Carries out what was decided about the files of a root: ledger, batch events, removals.

Killed in between, a part of it is done; the next look decides again and does the rest.
"""

import secrets
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import partial

from resources.landing.actions import (
    Action,
    BackOff,
    Follow,
    Forget,
    GiveUp,
    KeepProblem,
    ProblemAction,
    Remove,
    ReportProblem,
    TooLarge,
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

MISSING_SHOWN = 10
"""Files that the event of a list names; the others are only counted."""


def apply_root(scan: ScanPass, found: RootScan) -> list[ProblemAction]:
    """Do what was decided for the root, except reading files; return what needs a person."""
    actions = found.actions
    record_events(scan, given_up(scan, actions))
    waits = [action.entry for action in actions if isinstance(action, Wait)]
    gone = [action.entry.path for action in actions if isinstance(action, Forget)]
    if waits or gone:
        with scan.ledger.transaction():
            scan.ledger.drop_pending(found.root.name, gone)
            scan.ledger.put_pending(waits)
    removals = ((a.path, a.signature) for a in actions if isinstance(a, Remove))
    reports = [
        action
        for action in actions
        if isinstance(action, ReportProblem | TooLarge | BackOff | KeepProblem)
    ]
    return [*reports, *remove_all(scan, found.root, removals)]


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
    scan: ScanPass, root: WatchedRoot, files: Iterable[tuple[bytes, Signature]]
) -> Iterator[ProblemAction]:
    """Remove files that are on record from their landing folder; a changed one stays, as new."""
    for path, signature in files:
        try:
            remove_taken(scan.place(root, path), signature)
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


def given_up(scan: ScanPass, actions: Iterable[Action]) -> list[BatchEventRow]:
    """One event per batch of a list that misses files from now on."""
    by_batch: dict[str, list[GiveUp]] = defaultdict(list)
    for action in actions:
        if isinstance(action, GiveUp):
            by_batch[action.entry.batch].append(action)
    return [
        event
        for gone in by_batch.values()
        for event in missing_events(
            scan, gone[0].entry, [(one.entry.path, one.reason) for one in gone]
        )
    ]


def missing_events(
    scan: ScanPass, entry: Pending, missing: Sequence[tuple[bytes, str]]
) -> list[BatchEventRow]:
    """The event that these files (path, reason) of the entry's batch cannot be taken.

    One for all of them, with their number and the first ones; none if there are none.
    """
    if not missing:
        return []
    told = [f"{display_path(path)}: {reason}" for path, reason in missing[:MISSING_SHOWN]]
    if len(missing) > 1:
        told[0] = f"{len(missing)} files cannot be taken: {told[0]}"
    if len(missing) > MISSING_SHOWN:
        told.append(f"and {len(missing) - MISSING_SHOWN} more")
    detail = "; ".join(told)
    now = scan.clock.now()
    return [BatchEventRow(entry.batch, entry.root, LISTED_MISSING, detail, now, len(missing))]


def _arrival(root: WatchedRoot, action: Follow) -> Arrival:
    source = action.source
    path = root.absolute(action.path)
    name = path.rpartition(b"/")[2]
    return Arrival(source.sha256, source.size_bytes, name, REFERENCE, path)

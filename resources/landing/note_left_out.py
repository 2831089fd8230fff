"""Puts on record what a look left out: what it passed over, and what it could not take."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from resources.landing.actions import BackOff, KeepProblem, ProblemAction, ReportProblem, TooLarge
from resources.landing.ledger_left_out import changing, note_left_out, noted_left_out
from resources.landing.ledger_mirror import note_commit
from resources.landing.left_out import (
    LEFT_OUT,
    LeftOut,
    LeftOutKey,
    LeftOutState,
    append_left_out,
    changes,
)
from resources.landing.problems import place_of
from resources.landing.records import FilePlace, FileProblem
from resources.landing.scan_pass import ScanPass
from resources.landing.watch import RootScan


def note_what_is_left_out(
    scan: ScanPass,
    found: Sequence[RootScan],
    actions: Iterable[ProblemAction],
    problems: Mapping[FilePlace, FileProblem],
) -> None:
    """Commit rows for what is left out now and was not before, or no longer is.

    ``problems`` has the reason of each action. Killed in between, the next look writes it again.
    """
    before = noted_left_out(scan.ledger)
    now = [one for root in found for one in root.left_out]
    now += [*refused(found, actions, problems), *changing(scan.ledger)]
    changed, over = changes(before, now, out_of_sight(before.values(), found))
    if not changed and not over:
        return
    seq = append_left_out(scan.rows, changed, over, scan.clock.now())
    with scan.ledger.transaction():
        note_left_out(scan.ledger, changed, [one.key for one in over])
        note_commit(scan.ledger, LEFT_OUT, seq)


def refused(
    found: Sequence[RootScan],
    actions: Iterable[ProblemAction],
    problems: Mapping[FilePlace, FileProblem],
) -> Iterator[LeftOut]:
    """The files that are too large or cannot be read, and folders that cannot."""
    unseen = {(one.root.name, path) for one in found for path in one.unseen}
    for action in actions:
        root, path = place = place_of(action)
        match action:
            case TooLarge(reason=reason, batch=batch, size_bytes=size):
                state = LeftOutState.TOO_LARGE
                yield LeftOut(root, path, reason, state, batch, size_bytes=size)
            case BackOff(entry=entry) | KeepProblem(entry=entry) if place in problems:
                state, size = LeftOutState.UNREADABLE, entry.signature.size_bytes
                yield LeftOut(
                    root, path, problems[place].reason, state, entry.batch, size_bytes=size
                )
            case ReportProblem(reason=reason) if place in unseen:
                yield LeftOut(root, path, reason, LeftOutState.UNREADABLE, files=None)


def out_of_sight(before: Iterable[LeftOut], found: Sequence[RootScan]) -> Iterator[LeftOutKey]:
    """What is in roots and folders that could not be read: it is as it was, as far as we know."""
    unseen = {one.root.name: one.unseen for one in found}
    for one in before:
        is_folder_itself = one.state is LeftOutState.UNREADABLE and one.files is None
        for folder in unseen.get(one.root, ()):
            below = not folder or one.path.startswith(folder + b"/")
            if (below and one.path != folder) or (one.path == folder and not is_folder_itself):
                yield one.key

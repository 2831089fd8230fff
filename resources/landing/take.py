"""Takes settled files: reads them within the time budget, a few at a time, batch by batch.

What the budget leaves over is read at the next look; nothing that was read is read again.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from resources.landing.actions import BackOff, ProblemAction, ReportProblem
from resources.landing.commit import Committed, commit_files
from resources.landing.decide_taking import Taken, fitting, in_batches, in_slices, is_full
from resources.landing.file import CopyFailed, ReadFile, StillChanging, read_file
from resources.landing.lists import open_list
from resources.landing.records import FileKind, Pending
from resources.landing.roots import WatchedRoot
from resources.landing.scan import Signature
from resources.landing.scan_pass import ScanPass
from resources.stores.beneath import Place
from resources.stores.free_space import no_room, room_below
from resources.stores.kept_originals import new_partial

READERS = 4
"""Files read at the same time: reading, hashing and flushing wait for each other otherwise."""

SECONDS_AFTER_URGENT = 1.0
"""For the rest, once urgent files were taken: it goes on, however many urgent ones come."""

ReadAttempt = ReadFile | StillChanging | OSError


@dataclass
class Taking:
    """What has been taken so far in one look, and what needs a person."""

    read_count: int = 0
    accepted_count: int = 0
    duplicate_count: int = 0
    problems: list[ProblemAction] = field(default_factory=list)
    has_begun: bool = False
    has_urgent: bool = False

    def add(self, committed: Committed) -> None:
        """Count what a commit brought."""
        self.accepted_count += committed.accepted_count
        self.duplicate_count += committed.duplicate_count
        self.problems += committed.problems


def take(scan: ScanPass, roots: Mapping[str, WatchedRoot], settled: Sequence[Pending]) -> Taking:
    """Take settled files until the budget is spent; a few of them in any case.

    Raises OSError when our own disk refuses; files that cannot be read are only noted.
    """
    taking = Taking()
    lists = [entry for entry in settled if entry.kind is FileKind.LIST]
    files = [entry for entry in settled if entry.kind is not FileKind.LIST]
    for entry in lists:
        if taking.has_begun and scan.clock.steady_s() >= scan.deadline_s:
            return taking  # a file may be claimed by a list that is still to be read
        taking.has_begun = True
        taking.problems += open_list(scan, roots[entry.root], entry)
    if lists:  # they may have claimed files for their own batches
        files = [replace(entry, batch=scan.ledger.batch_of(entry)) for entry in files]
    if files:
        with ThreadPoolExecutor(READERS, thread_name_prefix="landing") as pool:
            for batch in in_batches(files, scan.rank):
                is_urgent = scan.is_urgent(batch[0].root, batch[0].batch)
                if taking.has_urgent and not is_urgent:  # whose run is to be asked for soon
                    soon_s = scan.clock.steady_s() + SECONDS_AFTER_URGENT
                    scan = replace(scan, deadline_s=min(scan.deadline_s, soon_s))
                taking.has_urgent = is_urgent
                _take_batch(scan, roots[batch[0].root], batch, taking, pool)
    return taking


def _take_batch(
    scan: ScanPass, root: WatchedRoot, batch: Sequence[Pending], taking: Taking, pool: Executor
) -> None:
    taken: list[Taken] = []
    new: set[str] = set()
    for entries in in_slices(batch):
        if taking.has_begun and scan.clock.steady_s() >= scan.deadline_s:
            break
        taking.has_begun = True
        for one in _read(scan, root, entries, taking, pool):
            if is_full(taken, new, scan.settings.batch_size):
                taking.add(commit_files(scan, root, taken, pool))
                taken, new = [], set()
            taken.append(one)
            if scan.ledger.source(one.read.sha256) is None:
                new.add(one.read.sha256)
    if taken:
        taking.add(commit_files(scan, root, taken, pool))


def _read(
    scan: ScanPass, root: WatchedRoot, entries: Sequence[Pending], taking: Taking, pool: Executor
) -> list[Taken]:
    """The files with what reading them brought, in order; those that could not be are noted."""
    known = {entry.path: _known_bytes(scan, root, entry) for entry in entries}
    unread = [entry for entry in entries if known[entry.path] is None]
    readable = _with_room(scan, unread, taking) if root.is_move else unread
    signatures = [entry.signature for entry in readable]
    copies = [new_partial(scan.originals) if root.is_move else None for _ in readable]
    results: dict[bytes, ReadAttempt | None] = {**known}
    find = [partial(scan.place, root, entry.path) for entry in readable]
    attempts = pool.map(_attempt, find, signatures, copies)
    results |= {entry.path: result for entry, result in zip(readable, attempts, strict=True)}
    taking.read_count += len(readable)
    taken = []
    for entry in entries:
        result = results[entry.path]
        if isinstance(result, ReadFile):
            taken.append(Taken(entry, result, scan.absolute(root, entry.path)))
        elif result is not None:
            taking.problems += _note_failure(scan, entry, result)
    return taken


def _attempt(find: Callable[[], Place], expected: Signature, copy: Path | None) -> ReadAttempt:
    try:
        return read_file(find(), expected, copy)
    except (StillChanging, OSError) as error:
        return error


def _known_bytes(scan: ScanPass, root: WatchedRoot, entry: Pending) -> ReadFile | None:
    """The SHA-256 of a file that need not be read, because one with its signature was."""
    sha256 = scan.ledger.sha256_with_signature(root.name, entry.signature)
    if sha256 is None:
        return None
    source = scan.ledger.source(sha256)
    is_kept = source is not None and scan.at_hand.are_kept(source)
    is_done = not root.is_move or (entry.kind is FileKind.LISTED and is_kept)
    return ReadFile(sha256, None) if is_done else None


def _with_room(scan: ScanPass, entries: Sequence[Pending], taking: Taking) -> list[Pending]:
    """The files that there is room for; the others wait until there is."""
    room = room_below(scan.home.originals, scan.settings.reserve_bytes)
    fit = fitting(entries, room)
    if len(fit) < len(entries):
        taking.problems.append(ReportProblem(scan.home.originals.name, b"", no_room(scan.settings)))
    return fit


def _note_failure(
    scan: ScanPass, entry: Pending, result: StillChanging | OSError
) -> list[ProblemAction]:
    """Let a changing file settle again and an unreadable one wait. Raises CopyFailed."""
    if isinstance(result, CopyFailed):
        raise result
    if isinstance(result, StillChanging):
        scan.restart_wait(entry)
    elif not isinstance(result, FileNotFoundError):
        reason = f"cannot be read ({result.strerror})"
        return [BackOff(entry, reason, scan.clock.steady_s())]
    return []

"""Looks at one root: what is there, what is known of it, and what is to be done about it.

Nothing is changed, opened or read here; what is to be done is decided by ``decide`` and carried out
by ``apply``.
"""

import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from resources.landing.actions import (
    Action,
    KeepWaiting,
    Remove,
    ReportProblem,
    Take,
    Wait,
    Watched,
)
from resources.landing.batches import named_batch
from resources.landing.decide import (
    NOT_THERE,
    ListedFile,
    Missing,
    RootState,
    SeenFile,
    Unreadable,
    decide_absent,
    decide_empty,
    decide_file,
    decide_listed,
)
from resources.landing.exclusions import Exclusions
from resources.landing.file import is_aside
from resources.landing.ledger import LandingLedger
from resources.landing.left_out import LeftOut, excluded
from resources.landing.listable import ListableFiles
from resources.landing.patient_walk import Some, patient_walk
from resources.landing.records import FileKind, FilePlace, FileProblem, KnownFile, Pending
from resources.landing.roots import WatchedRoot
from resources.landing.scan import FoundFile, PassedOver, Problem, Signature
from resources.landing.scan_pass import ScanPass
from resources.sources.source_rows import OPENED, REFERENCE

PUT_ASIDE = (
    "this system put it aside while it removed another file of its name: rename it to have it taken"
)


@dataclass(frozen=True)
class RootScan:
    """What a look at one root found: how many files, what is to be done, and what is passed over.

    ``unseen`` are folders that could not be read; the root itself is b"".
    """

    root: WatchedRoot
    seen_count: int
    actions: Sequence[Action]
    left_out: Sequence[LeftOut] = ()
    unseen: Sequence[bytes] = ()

    @property
    def settled(self) -> list[Pending]:
        """The files that may be taken now."""
        return [action.entry for action in self.actions if isinstance(action, Take)]

    @property
    def settling(self) -> list[Pending]:
        """The files that may be taken soon, unless they change again."""
        waits = (Wait, KeepWaiting)
        return [action.entry for action in self.actions if isinstance(action, waits)]


def watch_root(
    scan: ScanPass, root: WatchedRoot, problems: Mapping[FilePlace, FileProblem]
) -> RootScan:
    """Look at every file of the root; ``problems`` are those of the last look."""
    state = root_state(scan, root, problems)
    exclusions = Exclusions(root.exclude, root.include)
    actions: list[Action] = []
    passed_over: list[PassedOver] = []
    seen_count = 0
    for walked in patient_walk(root.name, root.path, exclusions, scan.folders):
        passed_over += [found for found in walked if isinstance(found, PassedOver)]
        files = [found for found in walked if isinstance(found, FoundFile)]
        changed = changed_files(scan, root, files)
        left_aside, changed = leftovers(scan, root, changed)
        actions += left_aside
        wanted, unwanted = sort_out(changed, exclusions)
        passed_over += unwanted
        seen_count += len(files) - len(changed) - len(left_aside) + len(wanted)
        now_s = scan.clock.steady_s()
        decided = (decide_file(seen, state, now_s) for seen in seen_files(scan, root, wanted))
        actions += [action for action in decided if action is not None]
        actions += _reports(walked)
    unseen = [one.path for one in actions if isinstance(one, ReportProblem)]
    is_away = b"" in unseen
    if not seen_count and not unseen and (report := decide_empty(state)):
        actions.append(report)
        unseen.append(b"")
    for listed in listed_files(state, scan.may_list):
        actions += decide_listed(listed, state, scan.clock.steady_s())
    if not is_away:
        actions += _absent(scan, state, actions)
    batches = _batches_of_folders(passed_over, state)
    return RootScan(
        root, seen_count, actions, excluded(root.name, passed_over, batches), tuple(unseen)
    )


def leftovers(
    scan: ScanPass, root: WatchedRoot, files: Sequence[FoundFile]
) -> tuple[list[Remove], list[FoundFile]]:
    """What a killed look was removing and is to be removed now, and the other files."""
    aside = [found for found in files if root.is_move and is_aside(found.path)]
    if not aside:
        return [], list(files)
    done = [found for found in aside if _is_taken(scan, root, found.signature)]
    removals = [Remove(found.path, found.signature) for found in done]
    return removals, [found for found in files if found not in done]


def _is_taken(scan: ScanPass, root: WatchedRoot, signature: Signature) -> bool:
    """Whether it is a list that was read, or a file whose bytes are kept; whatever its ctime."""
    known = scan.ledger.known_by_inode(root.name, signature)
    return any(one.source is None or scan.at_hand.are_kept(one.source) for one in known)


def sort_out(
    files: Sequence[FoundFile], exclusions: Exclusions
) -> tuple[list[FoundFile], list[PassedOver]]:
    """The files that are wanted, and those that are passed over."""
    named = [
        (found, PUT_ASIDE if is_aside(found.path) else exclusions.why(found.path))
        for found in files
    ]
    wanted = [found for found, reason in named if not reason]
    return wanted, [PassedOver(found.path, reason) for found, reason in named if reason]


def _batches_of_folders(passed_over: Sequence[PassedOver], state: RootState) -> dict[bytes, str]:
    """The batch of every folder that holds something that is passed over; the root has none."""
    folders = {one.path.rpartition(b"/")[0] for one in passed_over} - {b""}
    return {
        folder: named_batch(folder + b"/", FileKind.FOLDER, state.batch_names) for folder in folders
    }


def root_state(
    scan: ScanPass, root: WatchedRoot, problems: Mapping[FilePlace, FileProblem]
) -> RootState:
    """What the ledger knows of the root, and the rules of the settings."""
    return RootState(
        root=root,
        pending=scan.ledger.pending(root.name),
        problems={path: problem for (name, path), problem in problems.items() if name == root.name},
        loose_batch=loose_batch(scan.ledger, root.name, scan.clock.now()),
        holds_files=scan.ledger.holds_files_of(root.name),
        settle_seconds=scan.settings.settle_seconds,
        max_file_bytes=scan.settings.limits.max_file_bytes,
        batch_names=scan.settings.batch_names,
    )


def loose_batch(ledger: LandingLedger, root: str, now: datetime) -> str:
    """The open batch of loose files of a root, or a new one named after this second (UTC)."""
    if opened := ledger.open_loose_batch(root):
        return opened
    stamp = f"{root}-{now:%Y%m%d-%H%M%S}"
    name, number = stamp, 1
    while ledger.has_event(root, name, OPENED):
        number += 1
        name = f"{stamp}-{number}"
    return name


def changed_files(
    scan: ScanPass, root: WatchedRoot, files: Sequence[FoundFile]
) -> Sequence[FoundFile]:
    """The files about which something may have to be done.

    Nearly all files of an archive are as they were when they were taken, and their own originals:
    the decision about them is always the same, and is not asked for.
    """
    if root.is_move:
        return files
    paths = [found.path for found in files]
    settled = scan.ledger.settled_states(root.name, root.path, paths)
    return [found for found in files if settled.get(found.path) != found.signature]


def seen_files(scan: ScanPass, root: WatchedRoot, files: Sequence[FoundFile]) -> Iterator[SeenFile]:
    """Files of the root with what was last taken from their paths."""
    known = scan.ledger.known_files(root.name, [found.path for found in files])
    for found in files:
        before = known.get(found.path)
        at_hand = before is None or _is_at_hand(scan, root, found, before)
        yield SeenFile(found.path, found.signature, before, at_hand)


def listed_files(state: RootState, may_list: ListableFiles) -> Iterator[ListedFile]:
    """What is at the paths that lists named and that are waited for."""
    for entry in state.pending.values():
        if entry.kind is FileKind.LISTED:
            yield ListedFile(entry, _state_of(entry.path, may_list))


def _state_of(path: bytes, may_list: ListableFiles) -> Signature | Missing | Unreadable:
    try:
        place = may_list.place(path)  # a folder of it may be a link by now
        if isinstance(place, str):
            return Missing(place)
        status = place.status()
    except (FileNotFoundError, NotADirectoryError):
        return Missing(NOT_THERE)
    except OSError as error:
        return Unreadable(f"cannot be looked at ({error.strerror})")
    if not stat.S_ISREG(status.st_mode):
        return Missing("it is not a regular file")
    return Signature.of(status)


def _is_at_hand(scan: ScanPass, root: WatchedRoot, found: FoundFile, known: KnownFile) -> bool:
    """Asked of the disk only where the decision depends on it; otherwise True."""
    source = known.source
    if source is None or not known.is_same(found.signature, without_ctime=not root.is_move):
        return True
    if root.is_move:
        return scan.at_hand.are_kept(source)
    if source.mode != REFERENCE or source.path == root.absolute(found.path):
        return True
    return scan.at_hand.are_referenced(source)


def _reports(walked: Some) -> Iterator[ReportProblem]:
    for problem in walked:
        if isinstance(problem, Problem):
            yield ReportProblem(problem.root, problem.path, problem.reason)


def _absent(scan: ScanPass, state: RootState, actions: Sequence[Action]) -> Iterator[Action]:
    watched = {action.entry.path for action in actions if isinstance(action, Watched)}
    still_there = {
        path
        for path, entry in state.pending.items()
        if path not in watched and entry.is_claimed and scan.place(state.root, path).exists()
    }
    return decide_absent(state, watched, still_there)

"""What to do with each file of a landing root, from what was seen, what is known and the time.

Pure: nothing here reads a disk, a ledger or a clock, so every rule can be tried on plain values.

A file is settled when size, mtime, ctime and inode did not change for ``settle_seconds`` of real
time (not for a number of looks: two looks may be milliseconds apart, and a copy over a slow
network pauses). Dates in the past or future mean nothing. Absence deletes nothing but the wait.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from resources.configuration.settings import BatchNames
from resources.landing.actions import (
    Action,
    BackOff,
    Follow,
    Forget,
    GiveUp,
    KeepProblem,
    KeepWaiting,
    Remove,
    ReportProblem,
    Take,
    TooLarge,
    Wait,
)
from resources.landing.batches import MAX_LIST_BYTES, kind_of, named_batch
from resources.landing.problems import is_backed_off
from resources.landing.records import FileKind, FileProblem, KnownFile, Pending
from resources.landing.roots import WatchedRoot
from resources.landing.scan import Signature

EMPTY = "the folder is empty (is it mounted?); what was seen in it stays known"
NOT_THERE = "it is not there"


class SeenFile(NamedTuple):
    """A file in a root, and what was last taken from its path.

    ``is_at_hand``: whether the bytes of that source are where its original row says. It is looked
    up only where something depends on it: a file of a landing folder is about to be removed, or a
    file of an archive may have to provide the bytes of a source.
    """

    path: bytes
    signature: Signature
    known: KnownFile | None = None
    is_at_hand: bool = True


@dataclass(frozen=True, slots=True)
class Missing:
    """A listed file is not there, or is no regular file."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unreadable:
    """The system does not say what a listed file is."""

    reason: str


@dataclass(frozen=True, slots=True)
class ListedFile:
    """A file that a list named and that is waited for; it may be anywhere."""

    entry: Pending
    state: Signature | Missing | Unreadable


@dataclass(frozen=True)
class RootState:
    """What is known of one root before the look, and the rules for it.

    ``pending`` and ``problems`` by path. ``loose_batch`` is the batch of files in no
    folder that come now. ``holds_files``: something was taken from this root before.
    """

    root: WatchedRoot
    pending: Mapping[bytes, Pending]
    problems: Mapping[bytes, FileProblem]
    loose_batch: str
    holds_files: bool
    settle_seconds: float
    max_file_bytes: int
    batch_names: BatchNames = "first_folder"

    def batch_of(self, path: bytes, kind: FileKind) -> str:
        """The batch of a file of the root that is seen for the first time."""
        if kind is FileKind.LOOSE:
            return self.loose_batch
        return named_batch(path, kind, self.batch_names)


def decide_file(seen: SeenFile, state: RootState, now_s: float) -> Action | None:
    """What to do with a file of the root; None: nothing, it is taken and unchanged."""
    if seen.known is not None and is_done(seen, seen.known, state.root):
        return _after_taking(seen, seen.known, state)
    kind = kind_of(seen.path)
    if reason := _too_large(seen.signature, kind, state):
        entry = state.pending.get(seen.path)
        batch = entry.batch if entry else state.batch_of(seen.path, kind)
        size_bytes = seen.signature.size_bytes
        return TooLarge(state.root.name, seen.path, reason, batch, size_bytes)
    return _waiting(seen.path, seen.signature, kind, state, now_s)


def is_done(seen: SeenFile, known: KnownFile, root: WatchedRoot) -> bool:
    """Whether the file is unchanged since it was taken, and need not be taken again.

    One of a landing folder has to be taken again if the copy of its bytes is lost.
    """
    if not known.is_same(seen.signature, without_ctime=not root.is_move):
        return False
    return not root.is_move or known.source is None or seen.is_at_hand


def decide_listed(listed: ListedFile, state: RootState, now_s: float) -> tuple[Action, ...]:
    """What to do with a file that a list named."""
    entry = listed.entry
    if isinstance(listed.state, Missing):
        return (GiveUp(entry, listed.state.reason),)
    if isinstance(listed.state, Unreadable):
        return (BackOff(entry, listed.state.reason, now_s),)
    if reason := _too_large(listed.state, entry.kind, state):
        return (GiveUp(entry, reason),)
    return (_waiting(entry.path, listed.state, entry.kind, state, now_s),)


def decide_absent(
    state: RootState, watched: Collection[bytes], still_there: Collection[bytes]
) -> Iterator[Action]:
    """What to do about files that were waited for and were not found again (``watched`` were).

    The batch of a list that claimed one gets an event, unless it is still there (``still_there``):
    then it was taken meanwhile, or is of no interest any more.
    """
    for path, entry in state.pending.items():
        if path not in watched:
            if entry.is_claimed and path not in still_there:
                yield GiveUp(entry, NOT_THERE)
            yield Forget(entry)


def decide_empty(state: RootState) -> ReportProblem | None:
    """What to say of a root in which nothing was seen: an archive may be away."""
    if state.root.is_move or not state.holds_files:
        return None
    return ReportProblem(state.root.name, b"", EMPTY)


def _after_taking(seen: SeenFile, known: KnownFile, state: RootState) -> Remove | Follow | None:
    """Finish what was left undone for a file that is on record."""
    if known.source is not None and not state.root.is_move:
        return None if seen.is_at_hand else Follow(known.source, seen.path)
    if not state.root.is_move or (known.source is None and _is_awaited(seen.path, state)):
        return None
    return Remove(seen.path, seen.signature)


def _is_awaited(path: bytes, state: RootState) -> bool:
    """Whether a file that this list names is still to come."""
    return any(entry.listed_in == path for entry in state.pending.values())


def _waiting(
    path: bytes, signature: Signature, kind: FileKind, state: RootState, now_s: float
) -> Wait | KeepWaiting | KeepProblem | Take:
    """Start, restart, continue or end the wait of a file."""
    entry = state.pending.get(path)
    if entry is None:
        batch = state.batch_of(path, kind)
        return Wait(Pending(state.root.name, path, signature, now_s, batch, kind))
    if now_s < entry.since_s:
        return Wait(replace(entry, signature=signature, since_s=now_s, first_s=None))
    if entry.signature != signature:
        return Wait(replace(entry, signature=signature, since_s=now_s))
    if now_s - entry.since_s < state.settle_seconds:
        return KeepWaiting(entry)
    problem = state.problems.get(path)
    if problem is not None and is_backed_off(problem, now_s):
        return KeepProblem(entry)
    return Take(entry)


def _too_large(signature: Signature, kind: FileKind, state: RootState) -> str | None:
    """Why a file is above the limit, if it is."""
    limit, setting = state.max_file_bytes, " (limits.max_file_bytes)"
    if kind is FileKind.LIST and limit > MAX_LIST_BYTES:
        limit, setting = MAX_LIST_BYTES, " for a list"
    if signature.size_bytes <= limit:
        return None
    return f"too large: {signature.size_bytes:,} bytes, the limit is {limit:,}{setting}"

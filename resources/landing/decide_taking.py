"""Which settled files are read together, where their bytes are kept, and what is a new sighting.

Pure: no disk, no ledger, no clock.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from resources.landing.file import ReadFile
from resources.landing.priorities import Rank, as_they_came
from resources.landing.records import FileKind, KnownFile, Pending
from resources.landing.roots import WatchedRoot
from resources.landing.sidecar_names import is_sidecar
from resources.sources.source_identity import display_name, display_path
from resources.sources.source_rows import MOVE, REFERENCE, SIDECAR, SOURCE_ROLE, SightingRow

SLICE_FILES = 32
SLICE_BYTES = 64 * 1024 * 1024
"""The clock is looked at after so many files or bytes."""

MAX_FILES = 1000
"""A commit's size when few of its files bring new sources."""

GATHER_SECONDS = 2.0
"""So long, at most, settled files wait for others of their batch that are still settling."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A settled file and what reading it brought.

    ``path`` is absolute and raw: below the folder that the settings name it has no links.
    """

    entry: Pending
    read: ReadFile
    path: bytes


@dataclass(frozen=True, slots=True)
class BytesPlace:
    """Where the bytes of a source are, as in its original row, and whether they really are."""

    mode: str
    path: bytes
    is_at_hand: bool = True


def gathering_seconds(settle_seconds: float) -> float:
    """From a file's last change to the end of its wait for others of its batch, at the latest.

    It settles first, and waits never longer than that.
    """
    return settle_seconds + min(settle_seconds, GATHER_SECONDS)


def gathered(
    settled: Sequence[Pending], settling: Iterable[Pending], long_since_s: float
) -> list[Pending]:
    """The settled files that need not wait for others of their batch, which are ``settling``.

    A folder that is copied file by file settles file by file: taken together, its files are one
    run. A batch of which a file is in its state since ``long_since_s`` or longer waits no more.
    """
    unfinished = {(entry.root, entry.batch) for entry in settling}
    overdue = {(entry.root, entry.batch) for entry in settled if entry.since_s <= long_since_s}
    waiting = unfinished - overdue
    return [entry for entry in settled if (entry.root, entry.batch) not in waiting]


def in_batches(files: Iterable[Pending], rank: Rank = as_they_came) -> list[list[Pending]]:
    """The files by batch, in path order; by the batches' rank, then the smallest batch first.

    So a handful of pictures does not wait behind an archive.
    """
    batches = defaultdict(list)
    for entry in files:
        batches[entry.root, entry.batch].append(entry)
    ordered = (sorted(batch, key=lambda entry: entry.path) for batch in batches.values())
    return sorted(ordered, key=lambda files: (rank(files[0].root, files[0].batch), len(files)))


def in_slices(batch: Sequence[Pending]) -> Iterator[list[Pending]]:
    """The files of a batch, as many at a time as are read between two looks at the clock."""
    some: list[Pending] = []
    total = 0
    for entry in batch:
        some.append(entry)
        total += entry.signature.size_bytes
        if len(some) == SLICE_FILES or total >= SLICE_BYTES:
            yield some
            some, total = [], 0
    if some:
        yield some


def fitting(entries: Iterable[Pending], room_bytes: int) -> list[Pending]:
    """The files that there is room for, in order; a small one may fit after a large one."""
    fit = []
    for entry in entries:
        if entry.signature.size_bytes <= room_bytes:
            room_bytes -= entry.signature.size_bytes
            fit.append(entry)
    return fit


def is_full(taken: Collection[Taken], new: Collection[str], batch_size: int) -> bool:
    """Whether one run, or one commit, should hold no more; ``new`` are SHA-256 of new sources."""
    return len(new) >= batch_size or len(taken) >= MAX_FILES


def place_bytes(
    taken: Iterable[Taken],
    known: Mapping[str, BytesPlace],
    kept_path: Callable[[Taken], bytes],
) -> list[BytesPlace]:
    """Where the bytes of each file are to be kept; ``known`` says where those of known sources do.

    A copy goes to ``originals``: where the source is kept already, else to ``kept_path``. Without
    a copy the bytes stay where they are known to be; if they are nowhere, this file holds them.
    """
    places = dict(known)
    placed = []
    for one in taken:
        sha256 = one.read.sha256
        places[sha256] = _place(one, places.get(sha256), kept_path)
        placed.append(places[sha256])
    return placed


def role_of(entry: Pending) -> str:
    """Whether the file is a source or the sidecar of one."""
    return SIDECAR if is_sidecar(entry.path) else SOURCE_ROLE


def is_removed(entry: Pending, root: WatchedRoot) -> bool:
    """Whether the file is removed from where it is, once its bytes are kept."""
    return root.is_move and entry.kind is not FileKind.LISTED


def is_on_record(
    entry: Pending, source_id: str, known: KnownFile | None, root: WatchedRoot
) -> bool:
    """Whether the last sighting of this path, ``known``, is of this very file.

    In a landing folder a file with a later ctime is another drop of the same bytes, as the one
    on record was taken away; after a crash (no ctime known) it is the one on record.
    """
    if known is None or known.source is None or known.source.source_id != source_id:
        return False
    if entry.kind is FileKind.LISTED and known.batch != entry.batch:
        return False
    if not is_removed(entry, root):
        known = replace(known, ctime_ns=None)
    return known.is_same(entry.signature, without_ctime=True)


def sighting_row(one: Taken, source_id: str, *, is_new: bool, at: datetime) -> SightingRow:
    """The row that says where a source was seen."""
    entry = one.entry
    return SightingRow(
        image_id=source_id,
        sha256=one.read.sha256,
        root=entry.root,
        path=entry.path,
        path_display=display_path(entry.path),
        file_name=display_name(entry.name),
        size_bytes=entry.signature.size_bytes,
        mtime_ns=entry.signature.mtime_ns,
        inode=entry.signature.inode,
        batch=entry.batch,
        is_new=is_new,
        seen_at=at,
        role=role_of(entry),
    )


def _place(
    one: Taken, before: BytesPlace | None, kept_path: Callable[[Taken], bytes]
) -> BytesPlace:
    if one.read.copy is not None:
        is_kept_there = before is not None and before.mode == MOVE
        return BytesPlace(MOVE, before.path if before and is_kept_there else kept_path(one))
    if before is None or not before.is_at_hand:
        return BytesPlace(REFERENCE, one.path)
    return before

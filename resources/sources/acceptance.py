"""The only way in: decides which source some bytes are and commits its original row.

Landing folders bring files, and assets bring what they make of a source (frames of a film, pictures
of a book): their *children*. The bytes are kept before they are accepted, so that a row never names
bytes that are not there. Killed at any point, the same arrivals are accepted again: what is on
record is found by its SHA-256 and not written a second time.

One short lock per MEDIA_HOME is held while identities are looked up and rows are appended, never
while a file is read. So no two processes give the same bytes two ids, and the commits of
``ingest/original`` come in the order of their ids.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from filelock import FileLock

from resources.configuration.media_home import MediaHome
from resources.rows.row_store import RowStore
from resources.sources.identities import START_LENGTH, Identities, KnownSource, stored_identities
from resources.sources.source_identity import display_name, make_source_id
from resources.sources.source_rows import (
    IMAGE_MEDIUM,
    ORIGINAL,
    REFERENCE,
    SOURCE_ROLE,
    OriginalRow,
    append,
    row_of,
)
from resources.stores.kept_originals import is_kept

CHUNK_SIZE = 500
"""Sources per chunk, at most: each chunk gets one run."""

RELOCATED = "relocated"
"""The chunk id of rows that only say where a known source's bytes are from now on."""

Known = Callable[[], Identities]


@dataclass(frozen=True)
class Arrival:
    """Bytes that are kept durably at ``path`` and are to be a source.

    ``mode`` and ``path`` as in OriginalRow. ``name`` is the raw file name, which gives the id its
    readable half. ``medium`` None is an image. A child names its parent and its ``place`` in it
    (JSON text such as ``{"page": 3}``).
    """

    sha256: str
    size_bytes: int
    name: bytes
    mode: str
    path: bytes
    medium: str | None = None
    role: str = SOURCE_ROLE
    parent_id: str | None = None
    place: str | None = None


@dataclass(frozen=True)
class Accepted:
    """What became of an arrival.

    ``is_new``: nobody had seen these bytes before. ``row`` is the original row that was written,
    if one was, in the commit ``seq`` of the chunk ``chunk_id``.
    """

    arrival: Arrival
    source_id: str
    is_new: bool = False
    row: OriginalRow | None = None
    chunk_id: str = ""
    seq: str = ""


@dataclass(frozen=True)
class Identified:
    """An arrival with the id of its source; ``known`` is None when nobody had seen the bytes."""

    arrival: Arrival
    source_id: str
    known: KnownSource | None


def accept(
    home: MediaHome,
    rows: RowStore,
    arrivals: Sequence[Arrival],
    *,
    root: str,
    batch: str,
    now: datetime,
    known: Known | None = None,
    chunk_size: int = CHUNK_SIZE,
) -> list[Accepted]:
    """Make sources of these arrivals, in their order; return what became of each.

    Known bytes are the known source, under any name and parent. It gets a row only when its
    bytes were referenced or are lost, and the arrival brings them. New sources are committed in
    chunks of one medium; a chunk's id is made of its members. ``known`` is called when the lock is
    held and says which sources there are; without it the rows are asked. Accepting the same twice
    writes nothing. Raises OSError when the disk refuses; some chunks may be on record then.
    """
    if not arrivals:
        return []
    rows.declare(ORIGINAL)
    with FileLock(home.locks / "acceptance.lock"):
        digests = {arrival.sha256 for arrival in arrivals}
        identified = identify(arrivals, known() if known else stored_identities(rows, digests))
        new = [_new_row(one, root, batch, now) for one in identified if one.known is None]
        moved = _moved_rows(rows, [one for one in identified if _brings_bytes(home, one)], root)
        written = _commit(rows, chunks(new, chunk_size))
        written |= _commit(rows, [(RELOCATED, moved)] if moved else [])
    source_ids = {one.arrival.sha256: one.source_id for one in identified}
    return [
        _accepted(arrival, source_ids[arrival.sha256], written.pop(arrival.sha256, None))
        for arrival in arrivals
    ]


def identify(arrivals: Iterable[Arrival], identities: Identities) -> list[Identified]:
    """The source of each arrival's bytes, in order; of arrivals with the same bytes the first."""
    found: dict[str, Identified] = {}
    earlier: dict[str, list[str]] = {}
    for arrival in arrivals:
        if arrival.sha256 not in found:
            known = identities.source(arrival.sha256)
            alike = earlier.setdefault(arrival.sha256[:START_LENGTH], [])
            source_id = known.source_id if known else _new_id(arrival, alike, identities)
            found[arrival.sha256] = Identified(arrival, source_id, known)
            alike.append(arrival.sha256)
    return list(found.values())


def chunks(new: Sequence[OriginalRow], size: int) -> Iterator[tuple[str, list[OriginalRow]]]:
    """The new rows in commits of one medium, children apart, each under the id of its chunk."""
    groups: dict[tuple[str | None, bool], list[OriginalRow]] = {}
    for row in new:
        groups.setdefault((row.medium, row.parent_id is not None), []).append(row)
    for members in groups.values():
        for start in range(0, len(members), size):
            some = members[start : start + size]
            yield chunk_id(some), some


def chunk_id(members: Sequence[OriginalRow]) -> str:
    """The run key: made of the chunk's sources, so that it is the same when made again.

    Sidecars are no members; a commit of nothing else is no chunk, as it needs no run.
    """
    sources = [row.image_id for row in members if row.role == SOURCE_ROLE]
    kind = "seen" if not sources else "children" if members[0].parent_id else "landing"
    named = "\n".join(sources or [row.image_id for row in members])
    return f"{kind}-{hashlib.sha256(named.encode()).hexdigest()[:16]}"


def _new_id(arrival: Arrival, alike: Iterable[str], identities: Identities) -> str:
    """A new id; ``alike`` are the hashes of earlier arrivals that begin like this one."""
    rivals = [*alike, *identities.hashes_starting_with(arrival.sha256[:START_LENGTH])]
    return make_source_id(arrival.name, arrival.sha256, rivals)


def _new_row(one: Identified, root: str, batch: str, now: datetime) -> OriginalRow:
    arrival = one.arrival
    return OriginalRow(
        image_id=one.source_id,
        sha256=arrival.sha256,
        file_name=display_name(arrival.name),
        mode=arrival.mode,
        path=arrival.path,
        size_bytes=arrival.size_bytes,
        root=root,
        batch=batch,
        landed_at=now,
        role=arrival.role,
        medium=None if arrival.medium == IMAGE_MEDIUM else arrival.medium,
        parent_id=arrival.parent_id,
        place=arrival.place,
    )


def _brings_bytes(home: MediaHome, one: Identified) -> bool:
    """Whether a known source's bytes are better read from where they arrived.

    They are if they were only referenced so far, or if the copy that was kept is lost.
    """
    arrival, known = one.arrival, one.known
    if known is None or (known.mode, known.path) == (arrival.mode, arrival.path):
        return False
    return known.mode == REFERENCE or not is_kept(home.root, known.path, known.size_bytes)


def _moved_rows(rows: RowStore, moved: Sequence[Identified], root: str) -> list[OriginalRow]:
    """The newest original rows of these sources, with their new places."""
    if not moved:
        return []
    current = rows.current(ORIGINAL.name, [one.source_id for one in moved])
    newest = {row["image_id"]: row_of(OriginalRow, row) for row in current.iter_rows(named=True)}
    return [_moved(newest[one.source_id], one.arrival, root) for one in moved]


def _moved(row: OriginalRow, to: Arrival, root: str) -> OriginalRow:
    name = display_name(to.name)
    return replace(row, mode=to.mode, path=to.path, root=root, file_name=name)


@dataclass(frozen=True)
class _Written:
    row: OriginalRow
    chunk_id: str
    seq: str


def _commit(
    rows: RowStore, commits: Iterable[tuple[str, Sequence[OriginalRow]]]
) -> dict[str, _Written]:
    """Append each commit; the rows by SHA-256."""
    written: dict[str, _Written] = {}
    for name, members in commits:
        seq = append(rows, ORIGINAL, members, run_id=name)
        written |= {row.sha256: _Written(row, name, seq) for row in members}
    return written


def _accepted(arrival: Arrival, source_id: str, written: _Written | None) -> Accepted:
    if written is None:
        return Accepted(arrival, source_id)
    is_new = written.chunk_id != RELOCATED
    return Accepted(arrival, source_id, is_new, written.row, written.chunk_id, written.seq)

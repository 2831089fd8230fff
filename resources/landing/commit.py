"""Puts files that were read on record: copies, original rows, sightings and ledger together.

The order makes every crash harmless: copies in ``originals``, then rows, then the ledger, then the
landing files go. Killed in between, it leaves rows that the ledger catches up with, or a
landing file that is read again, found to be known, and not noted a second time.
"""

import os
import secrets
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from resources.landing.actions import ProblemAction
from resources.landing.apply import record_events, remove_all
from resources.landing.decide_taking import (
    BytesPlace,
    Taken,
    is_on_record,
    is_removed,
    place_bytes,
    role_of,
    sighting_row,
)
from resources.landing.ledger_mirror import (
    identities,
    mirror_accepted,
    mirror_sighting,
    note_commit,
)
from resources.landing.records import KnownFile
from resources.landing.roots import WatchedRoot
from resources.landing.scan_pass import ScanPass
from resources.sources.acceptance import Accepted, Arrival, accept
from resources.sources.source_identity import safe_suffix
from resources.sources.source_rows import (
    OPENED,
    SIGHTING,
    SOURCE_ROLE,
    BatchEventRow,
    SightingRow,
    append,
)
from resources.stores.kept_originals import put_in_place


@dataclass(frozen=True)
class Committed:
    """What a commit brought: new sources, sightings of known ones, and what needs a person."""

    accepted_count: int
    duplicate_count: int
    problems: Sequence[ProblemAction]


def commit_files(
    scan: ScanPass, root: WatchedRoot, taken: Sequence[Taken], flushing: Executor
) -> Committed:
    """Put files of one batch on record, durably, then remove them from a landing folder.

    Raises OSError when the disk refuses; the next look then finishes or repeats the work.
    """
    now = scan.clock.now()
    places = place_bytes(taken, known_places(scan, taken), partial(kept_path, scan))
    put_in_place(
        [
            (one.read.copy, scan.home.root / os.fsdecode(place.path))
            for one, place in zip(taken, places, strict=True)
            if one.read.copy is not None
        ],
        flushing,
    )
    batch = taken[0].entry.batch
    open_batch(scan, root, batch, now)
    accepted = accept(
        scan.home,
        scan.rows,
        [arrival(scan, one, place) for one, place in zip(taken, places, strict=True)],
        root=root.name,
        batch=batch,
        now=now,
        known=partial(identities, scan.ledger, scan.rows),
        chunk_size=scan.settings.batch_size,
    )
    sightings = record_sightings(scan, root, taken, accepted, now)
    removed = [one.entry for one in taken if is_removed(one.entry, root)]
    return Committed(
        accepted_count=sum(one.is_new and one.arrival.role == SOURCE_ROLE for one in accepted),
        duplicate_count=sum(not row.is_new for row in sightings),
        problems=list(remove_all(scan, root, ((one.path, one.signature) for one in removed))),
    )


def known_places(scan: ScanPass, taken: Iterable[Taken]) -> dict[str, BytesPlace]:
    """Where the bytes of those of the files' sources are that are known, by SHA-256."""
    found = {}
    for sha256 in {one.read.sha256 for one in taken}:
        if (source := scan.ledger.source(sha256)) is not None:
            at_hand = scan.at_hand.hold(source)
            found[sha256] = BytesPlace(source.mode, source.path, at_hand)
    return found


def kept_path(scan: ScanPass, one: Taken) -> bytes:
    """Where the copy of a file is kept, relative to MEDIA_HOME."""
    target = scan.originals.path_of(one.read.sha256, safe_suffix(one.entry.name))
    return os.fsencode(target.relative_to(scan.home.root))


def arrival(scan: ScanPass, one: Taken, place: BytesPlace) -> Arrival:
    """The file as it is offered for acceptance."""
    role = role_of(one.entry)
    return Arrival(
        sha256=one.read.sha256,
        size_bytes=one.entry.signature.size_bytes,
        name=one.entry.name,
        mode=place.mode,
        path=place.path,
        medium=scan.medium_of(one.read.head) if role == SOURCE_ROLE else None,
        role=role,
    )


def open_batch(scan: ScanPass, root: WatchedRoot, batch: str, now: datetime) -> None:
    """Record that the batch has begun, once."""
    if not scan.ledger.has_event(root.name, batch, OPENED):
        record_events(scan, [BatchEventRow(batch, root.name, OPENED, "", now)])


def record_sightings(
    scan: ScanPass,
    root: WatchedRoot,
    taken: Sequence[Taken],
    accepted: Sequence[Accepted],
    now: datetime,
) -> list[SightingRow]:
    """Commit where sources were seen, note it in the ledger, and return what was written.

    A file of which exactly that is on record gets no row.
    """
    before = scan.ledger.known_files(root.name, [one.entry.path for one in taken])
    source_ids = [one.source_id for one in accepted]
    new = [
        (one, source_id)
        for one, source_id in zip(taken, source_ids, strict=True)
        if not is_on_record(one.entry, source_id, before.get(one.entry.path), root)
    ]
    sighted = scan.ledger.sighted(source_ids)
    rows = []
    for one, source_id in new:
        rows.append(sighting_row(one, source_id, is_new=source_id not in sighted, at=now))
        sighted.add(source_id)
    run_id = next((one.chunk_id for one in accepted if one.is_new), f"seen-{secrets.token_hex(8)}")
    seq = append(scan.rows, SIGHTING, rows, run_id=run_id) if rows else ""
    with scan.ledger.transaction():
        mirror_accepted(scan.ledger, accepted)
        for (one, _), row in zip(new, rows, strict=True):
            mirror_sighting(scan.ledger, row, one.entry.signature.ctime_ns)
        if seq:
            note_commit(scan.ledger, SIGHTING, seq)
        _remember_known(scan, taken, before, {row.path for row in rows})
        scan.ledger.drop_pending(root.name, [one.entry.path for one in taken])
    return rows


def _remember_known(
    scan: ScanPass,
    taken: Iterable[Taken],
    before: Mapping[bytes, KnownFile],
    written: set[bytes],
) -> None:
    """Note the present signature of files whose sighting was on record already."""
    for one in taken:
        known = before.get(one.entry.path)
        if one.entry.path not in written and known is not None and known.source is not None:
            place = one.entry.root, one.entry.path
            state, source_id = one.entry.signature, known.source.source_id
            scan.ledger.remember_file(place, state, source_id, known.batch)

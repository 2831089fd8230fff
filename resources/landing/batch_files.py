"""Batch files: ``batch.toml`` or ``batch.json`` at the top of a batch's folder, and their rows.

One settles like a picture and is read before the pictures of its look. Its newest content counts:
a later one gives the pictures of the batch the purposes that it adds, and takes those that it no
longer names. One that is broken waits for a person; the pictures are taken all the same.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import polars as pl

from resources.landing.actions import BackOff
from resources.landing.batch_terms import (
    MAX_BATCH_FILE_BYTES,
    BadBatchFile,
    BatchTerms,
    terms_in,
)
from resources.landing.batches import read_settled
from resources.landing.file import StillChanging
from resources.landing.priorities import set_priority
from resources.landing.records import Pending
from resources.landing.roots import WatchedRoot
from resources.landing.scan_pass import ScanPass
from resources.rows.row_store import RowStore
from resources.rows.table import Table
from resources.sources.purposes import ALWAYS, no_longer_want, want
from resources.sources.source_rows import ORIGINAL, SOURCE_ROLE, WHEN

BATCH_FILE = Table(
    "ingest/batch_file",
    pl.Schema(
        {
            "batch": pl.String(),
            "root": pl.String(),
            "purposes": pl.List(pl.String()),
            "priority": pl.String(),
            "title": pl.String(),
            "metadata": pl.String(),
            "content": pl.String(),
            "read_at": WHEN,
        }
    ),
    ("batch",),
    "What batches say of themselves in batch.toml or batch.json: purposes, priority, title, and "
    "metadata as JSON; content is the whole file. Written by the landing sensor.",
)


@dataclass(frozen=True)
class BatchFileRow:
    """One reading of a batch's file; ``purposes`` None: it says nothing of them."""

    batch: str
    root: str
    purposes: Sequence[str] | None
    priority: str | None
    title: str | None
    metadata: str | None
    content: str
    read_at: datetime


def open_batch_file(scan: ScanPass, root: WatchedRoot, entry: Pending) -> list[BackOff]:
    """Put on record what a settled batch file says; a broken one is returned, for a person.

    The purposes come before the row: killed in between, the next look does both again.
    """
    try:
        content = read_settled(scan.place(root, entry.path), entry.signature, MAX_BATCH_FILE_BYTES)
        terms = terms_in(content, entry.name.lower().rpartition(b".")[2].decode())
    except StillChanging:
        scan.restart_wait(entry)
        return []
    except BadBatchFile as error:
        return [BackOff(entry, f"not used: {error}", scan.clock.steady_s())]
    except OSError as error:
        reason = f"cannot be read ({error.strerror})"
        return [BackOff(entry, reason, scan.clock.steady_s())]
    before = batch_file_of(scan.rows, entry.batch)
    text = content.decode("utf-8-sig")
    if before is None or before["content"] != text:
        follow(scan.rows, entry, terms, set(before["purposes"] or ()) if before else set())
        if terms.priority:
            set_priority(scan.rows, entry.root, entry.batch, terms.priority)
        append_row(scan, entry, terms, text)
    with scan.ledger.transaction():
        scan.ledger.remember_file((entry.root, entry.path), entry.signature, "", entry.batch)
        scan.ledger.drop_pending(entry.root, [entry.path])
    return []


def batch_file_of(rows: RowStore, batch: str) -> dict[str, Any] | None:
    """What the newest file of a batch says, if it had one."""
    rows.declare(BATCH_FILE)
    found = rows.current(BATCH_FILE.name, [batch])
    return found.row(0, named=True) if found.height else None


def follow(rows: RowStore, entry: Pending, terms: BatchTerms, before: set[str]) -> None:
    """Give the pictures of the batch that are there already what its file says now."""
    now = {str(purpose) for purpose in terms.purposes or ()}
    if now == before:
        return
    ids = sources_of_batch(rows, entry.batch)
    by = by_file(entry.batch)
    want(rows, ids, now - before, by=by)
    no_longer_want(rows, ids, before - now, by=by)


def by_file(batch: str) -> str:
    """Who decided, where a batch's file did."""
    return f"the file of batch {batch}"


def sources_of_batch(rows: RowStore, batch: str) -> list[str]:
    """The sources that came with the batch."""
    rows.declare(ORIGINAL)
    is_source = pl.col("role").fill_null(SOURCE_ROLE) == SOURCE_ROLE
    found = rows.scan(ORIGINAL.name).filter(is_source, pl.col("batch") == batch)
    return found.select(pl.col("image_id").unique()).collect()["image_id"].sort().to_list()


def append_row(scan: ScanPass, entry: Pending, terms: BatchTerms, text: str) -> None:
    """One commit with what the file says."""
    purposes = terms.purposes
    row = BatchFileRow(
        batch=entry.batch,
        root=entry.root,
        purposes=None if purposes is None else sorted(map(str, purposes)),
        priority=terms.priority,
        title=terms.title,
        metadata=terms.metadata_json,
        content=text,
        read_at=scan.clock.now(),
    )
    frame = pl.DataFrame([asdict(row)], schema=BATCH_FILE.schema)
    scan.rows.append(BATCH_FILE.name, frame, run_id="batch-file", producer={"made_by": "landing"})


def give_purposes(scan: ScanPass, root: WatchedRoot, batch: str, source_ids: Sequence[str]) -> None:
    """Give pictures that were just taken the purposes of their batch, root or the settings."""
    said = batch_file_of(scan.rows, batch)
    by, purposes = by_file(batch), said["purposes"] if said else None
    if purposes is None and root.purposes is not None:
        by, purposes = f"landing root {root.name}", root.purposes
    if purposes is None:
        by, purposes = "the settings", scan.settings.purposes
    if wanted := {str(purpose) for purpose in purposes} - ALWAYS:
        want(scan.rows, source_ids, wanted, by=by)

"""Brings the ledger up to the rows: after each commit, after a crash, and when it was lost.

The rows decide. What the ledger missed (the process was killed between a commit and the
ledger's own, the ledger was deleted or restored from a backup) is read from them at the next look.

Original rows are written by others too: assets accept children in processes of their own. Every
commit of them is made under the acceptance lock, so their ids go up in the order of the commits;
a process that has read everything while holding the lock (``identities``) may note its own next
commit as the newest one and misses none.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from resources.landing.ledger import LandingLedger
from resources.landing.ledger_left_out import mirror_left_out
from resources.landing.left_out import LEFT_OUT
from resources.rows.row_store import RowStore
from resources.rows.table import Table
from resources.sources.acceptance import Accepted
from resources.sources.identities import Identities
from resources.sources.source_rows import (
    BATCH_EVENT,
    CANCELLED,
    IMAGE_MEDIUM,
    ORIGINAL,
    SIDECAR,
    SIGHTING,
    BatchEventRow,
    OriginalRow,
    SightingRow,
    row_of,
    stored_rows,
)


def catch_up(ledger: LandingLedger, rows: RowStore) -> None:
    """Mirror every row that the ledger does not know yet. Reads no row when there is none."""
    _catch_up(ledger, rows, ORIGINAL, _mirror_original_fields)
    _catch_up(ledger, rows, SIGHTING, _mirror_sighting_fields)
    _catch_up(ledger, rows, BATCH_EVENT, _mirror_event_fields)
    _catch_up(ledger, rows, LEFT_OUT, mirror_left_out)


def identities(ledger: LandingLedger, rows: RowStore) -> Identities:
    """The ledger, once it knows every source. To be called while the acceptance lock is held."""
    _catch_up(ledger, rows, ORIGINAL, _mirror_original_fields)
    return ledger


def mirror_accepted(ledger: LandingLedger, accepted: Iterable[Accepted]) -> None:
    """Note what was accepted according to ``identities``."""
    newest = ""
    for one in accepted:
        if one.row is not None:
            mirror_original(ledger, one.row, one.chunk_id)
            newest = max(newest, one.seq)
    if newest:
        note_commit(ledger, ORIGINAL, newest)


def note_commit(ledger: LandingLedger, table: Table, seq: str) -> None:
    """Note that our own commit ``seq`` is mirrored, as is everything that was there before it."""
    ledger.db.execute("insert or replace into mirrored values (?, ?, ?)", (table.name, seq, seq))


def mirror_original(ledger: LandingLedger, row: OriginalRow, chunk_id: str) -> None:
    """Note an original; a new source waits for the run of its chunk, a sidecar for none.

    A child counts as seen before: nobody dropped it, so the first file with its bytes is a copy.
    """
    medium = row.medium or IMAGE_MEDIUM
    cursor = ledger.db.execute(
        "insert or ignore into image (sha256, image_id, mode, path, size_bytes, medium, is_sighted)"
        " values (?, ?, ?, ?, ?, ?, ?)",
        (row.sha256, row.image_id, row.mode, row.path, row.size_bytes, medium, bool(row.parent_id)),
    )
    if not cursor.rowcount:
        ledger.db.execute(
            "update image set mode = ?, path = ?, size_bytes = ? where sha256 = ?",
            (row.mode, row.path, row.size_bytes, row.sha256),
        )
    elif row.role != SIDECAR:
        ledger.db.execute(
            "insert into waiting (chunk_id, root, batch, medium, image_id, landed_at)"
            " values (?, ?, ?, ?, ?, ?)",
            (chunk_id, row.root, row.batch, medium, row.image_id, _sortable(row.landed_at)),
        )


def mirror_sighting(ledger: LandingLedger, row: SightingRow, ctime_ns: int | None) -> None:
    """Note what a path held; ``ctime_ns`` is None when it is read from the stored row."""
    state = (row.size_bytes, row.mtime_ns, ctime_ns, row.inode)
    ledger.remember_file((row.root, row.path), state, row.image_id, row.batch)
    ledger.db.execute("update image set is_sighted = 1 where sha256 = ?", (row.sha256,))
    ledger.db.execute("insert or ignore into unlinked values (?, ?)", (row.root, row.path))


def mirror_event(ledger: LandingLedger, row: BatchEventRow) -> None:
    """Note a batch event; a cancelled batch's sources wait no longer."""
    ledger.db.execute(
        "insert or ignore into batch_event values (?, ?, ?, ?)",
        (row.root, row.batch, row.event, row.detail),
    )
    if row.event == CANCELLED:
        ledger.db.execute(
            "delete from waiting where root = ? and batch = ? and landed_at <= ?",
            (row.root, row.batch, _sortable(row.at)),
        )


def _catch_up(
    ledger: LandingLedger,
    rows: RowStore,
    table: Table,
    mirror: Callable[[LandingLedger, dict[str, Any]], None],
) -> None:
    newest_file = rows.newest_seq(table.name)
    known = ledger.db.execute(
        "select newest_file, newest_seq from mirrored where table_name = ?", (table.name,)
    ).fetchone() or ("", "")
    if newest_file == known[0]:
        return
    # Others append to batch events too, so their ids may come out of order: all are read again.
    stored = stored_rows(rows, table, after_seq="" if table == BATCH_EVENT else known[1])
    newest_seq = max(known[1], stored["_seq"].max() or "")
    with ledger.transaction():
        for fields in stored.iter_rows(named=True):
            mirror(ledger, fields)
        ledger.db.execute(
            "insert or replace into mirrored values (?, ?, ?)",
            (table.name, newest_file, newest_seq),
        )


def _mirror_original_fields(ledger: LandingLedger, fields: dict[str, Any]) -> None:
    mirror_original(ledger, row_of(OriginalRow, fields), chunk_id=fields["_run_id"])


def _mirror_sighting_fields(ledger: LandingLedger, fields: dict[str, Any]) -> None:
    mirror_sighting(ledger, row_of(SightingRow, fields), ctime_ns=None)


def _mirror_event_fields(ledger: LandingLedger, fields: dict[str, Any]) -> None:
    mirror_event(ledger, row_of(BatchEventRow, fields))


def _sortable(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")

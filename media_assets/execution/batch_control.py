"""Pausing, resuming and cancelling a batch, written down with who did it.

The one way to do so, for the command line and the browser alike.
"""

from datetime import UTC, datetime

import dagster as dg

from resources.configuration.media_home import MediaHome
from resources.orchestration import paused_work
from resources.rows.row_store import RowStore
from resources.sources.source_rows import BATCH_EVENT, PAUSED, RESUMED, BatchEventRow, append


def pause_batch(instance: dg.DagsterInstance, home: MediaHome, batch: str, by: str) -> int:
    """Stop the runs of the batch and let none begin; how many were stopped."""
    stopped = paused_work.pause(instance, home, batch)
    write_down(home, batch, PAUSED, by)
    return stopped


def resume_batch(instance: dg.DagsterInstance, home: MediaHome, batch: str, by: str) -> int:
    """Let the runs of the batch go on; how many wait to begin."""
    waiting = paused_work.resume(instance, home, batch)
    write_down(home, batch, RESUMED, by)
    return waiting


def cancel_batch(instance: dg.DagsterInstance, home: MediaHome, batch: str) -> int:
    """Cancel the runs of the batch; how many. The sensor of canceled runs writes it down."""
    return paused_work.cancel(instance, home, batch)


def write_down(home: MediaHome, batch: str, event: str, by: str) -> None:
    """Append the event to the batch's history."""
    store = RowStore(home.rows)
    store.declare(BATCH_EVENT)
    row = BatchEventRow(batch=batch, root="", event=event, detail=by, at=datetime.now(UTC))
    append(store, BATCH_EVENT, [row], run_id=f"{event} by {by}")

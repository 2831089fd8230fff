"""What people do to the work itself: pause, resume, cancel, more or fewer workers, and who did it.

The one way to do so, for the command line and the browser alike. Each is a row, and nothing is ever
taken back; what is said of a batch is in the batch's own history, too.
"""

from datetime import UTC, datetime

import dagster as dg
import polars as pl

from resources.configuration.media_home import MediaHome
from resources.configuration.settings import Settings
from resources.orchestration import paused_work
from resources.orchestration.worker_counts import WorkerCounts, set_workers
from resources.rows.row_store import RowStore
from resources.rows.table import Table
from resources.sources.source_rows import (
    BATCH_EVENT,
    CANCELLED,
    PAUSED,
    RESUMED,
    BatchEventRow,
    append,
)

WORK_CONTROL = Table(
    "curation/work_control",
    pl.Schema(
        {
            "batch": pl.String(),
            "control": pl.String(),
            "value": pl.Int64(),
            "decided_by": pl.String(),
            "decided_at": pl.Datetime("us", "UTC"),
        }
    ),
    (),
    "What people did to the work: paused, resumed, cancelled (no batch: all work), workers or "
    "workers_with_models (the new number). Written by media batch, media workers and the first "
    "page.",
)

WORKERS, WORKERS_WITH_MODELS = "workers", "workers_with_models"


def pause_batch(instance: dg.DagsterInstance, home: MediaHome, batch: str, by: str) -> int:
    """Stop the runs of the batch and let none begin; how many were stopped."""
    stopped = paused_work.pause(instance, home, batch)
    note_in_batch(home, batch, PAUSED, by)
    note(home, PAUSED, by, batch=batch)
    return stopped


def resume_batch(instance: dg.DagsterInstance, home: MediaHome, batch: str, by: str) -> int:
    """Let the runs of the batch go on; how many wait to begin."""
    waiting = paused_work.resume(instance, home, batch)
    note_in_batch(home, batch, RESUMED, by)
    note(home, RESUMED, by, batch=batch)
    return waiting


def cancel_batch(instance: dg.DagsterInstance, home: MediaHome, batch: str, by: str) -> int:
    """Cancel the runs of the batch; how many. The sensor of cancelled runs holds its sources."""
    cancelled = paused_work.cancel(instance, home, batch)
    note(home, CANCELLED, by, batch=batch)
    return cancelled


def pause_all(instance: dg.DagsterInstance, home: MediaHome, by: str, *, is_paused: bool) -> None:
    """Let no further run begin, of whatever batch, or let them begin again."""
    paused_work.pause_everything(instance, is_paused=is_paused)
    note(home, PAUSED if is_paused else RESUMED, by)


def change_workers(
    instance: dg.DagsterInstance, settings: Settings, by: str, count: int, *, with_models: bool
) -> WorkerCounts:
    """Set how many runs work at a time, or how many of them with models; both as they are now.

    Raises UnusableWorkerCount outside ``least_workers`` to ``most_workers``.
    """
    counts = set_workers(instance, settings, count, with_models=with_models)
    control = WORKERS_WITH_MODELS if with_models else WORKERS
    note(settings.media_home, control, by, value=count)
    return counts


def note(
    home: MediaHome, control: str, by: str, *, batch: str | None = None, value: int | None = None
) -> None:
    """Write down what was done, and who did it."""
    store = RowStore(home.rows)
    store.declare(WORK_CONTROL)
    row = (batch, control, value, by, datetime.now(UTC))
    frame = pl.DataFrame([row], schema=WORK_CONTROL.schema, orient="row")
    store.append(WORK_CONTROL.name, frame, run_id=control, producer={"made_by": "human"})


def note_in_batch(home: MediaHome, batch: str, event: str, by: str) -> None:
    """Append the event to the batch's history."""
    store = RowStore(home.rows)
    store.declare(BATCH_EVENT)
    row = BatchEventRow(batch=batch, root="", event=event, detail=by, at=datetime.now(UTC))
    append(store, BATCH_EVENT, [row], run_id=f"{event} by {by}")

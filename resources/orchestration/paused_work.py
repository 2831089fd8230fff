"""Work that a person has paused: the runs of a batch, or all runs, wait in the queue.

What is paused is kept in Dagster's own storage, where the run queue asks for it at each look: it
survives every restart, and files that still come in are taken and wait as well. Runs that work
already end with the portion they are at (pause of a batch) or go on to their end (pause of all).
"""

import json
import os
import signal
from collections.abc import Iterator

import dagster as dg
from filelock import FileLock

from resources.configuration.media_home import MediaHome
from resources.orchestration.run_locks import HAS_A_PROCESS, is_held, lock_files, process_of
from resources.orchestration.run_tags import BATCH_TAG
from resources.orchestration.runs_under_way import UNDER_WAY

BATCHES = "media/paused_batches"
EVERYTHING = "media/paused"


def paused_batches(instance: dg.DagsterInstance) -> list[str]:
    """The names of the paused batches."""
    kept = instance.daemon_cursor_storage.get_cursor_values({BATCHES})
    return list(json.loads(kept.get(BATCHES, "[]")))


def paused_runs(instance: dg.DagsterInstance) -> list[dg.DagsterRun]:
    """The runs that wait in the queue because their batch is paused."""
    names = paused_batches(instance)
    if not names:
        return []
    queued = [dg.DagsterRunStatus.QUEUED]
    return list(instance.get_runs(dg.RunsFilter(statuses=queued, tags={BATCH_TAG: names})))


def is_all_paused(instance: dg.DagsterInstance) -> bool:
    """Whether no run begins, of whatever batch."""
    return bool(instance.daemon_cursor_storage.get_cursor_values({EVERYTHING}).get(EVERYTHING))


def pause_everything(instance: dg.DagsterInstance, *, is_paused: bool) -> None:
    """Let no further run begin, or let them begin again; what works goes on to its end."""
    value = "yes" if is_paused else ""
    instance.daemon_cursor_storage.set_cursor_values({EVERYTHING: value})


def pause(instance: dg.DagsterInstance, home: MediaHome, batch: str) -> int:
    """Let no run of the batch begin and stop those that work; how many were stopped.

    A stopped run has failed for Dagster, which queues it again: there it waits. What it has made
    is kept.
    """
    change(instance, home, batch, is_paused=True)
    stopped = list(processes(instance, home, batch))
    for pid in stopped:
        os.kill(pid, signal.SIGTERM)
    return len(stopped)


def resume(instance: dg.DagsterInstance, home: MediaHome, batch: str) -> int:
    """Let the runs of the batch begin again; how many wait for it."""
    change(instance, home, batch, is_paused=False)
    waiting = dg.RunsFilter(statuses=UNDER_WAY, tags={BATCH_TAG: batch})
    return instance.get_runs_count(waiting)


def cancel(instance: dg.DagsterInstance, home: MediaHome, batch: str) -> int:
    """Cancel every run of the batch that works or waits; how many. What they made is kept.

    The sensor ``cancelled_batches`` writes down that the batch is cancelled, and holds its sources.
    """
    filters = dg.RunsFilter(statuses=UNDER_WAY, tags={BATCH_TAG: batch})
    runs = instance.get_runs(filters)
    for run in runs:
        instance.run_coordinator.cancel_run(run.run_id)
    change(instance, home, batch, is_paused=False)
    return len(runs)


def change(instance: dg.DagsterInstance, home: MediaHome, batch: str, *, is_paused: bool) -> None:
    """Add the batch to those that are paused, or take it from them."""
    with FileLock(home.locks / "paused_batches.lock"):
        others = [name for name in paused_batches(instance) if name != batch]
        names = [*others, batch] if is_paused else others
        instance.daemon_cursor_storage.set_cursor_values({BATCHES: json.dumps(names)})


def processes(instance: dg.DagsterInstance, home: MediaHome, batch: str) -> Iterator[int]:
    """The processes on this machine that work on runs of the batch."""
    for run in instance.get_runs(dg.RunsFilter(statuses=HAS_A_PROCESS, tags={BATCH_TAG: batch})):
        for path in lock_files(home, run.run_id):
            pid = process_of(path)
            if pid is not None and is_held([path]):
                yield pid

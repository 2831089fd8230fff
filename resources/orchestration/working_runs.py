"""The runs that have not ended: what each works on, in which process, and its last sign of life."""

from dataclasses import dataclass
from datetime import UTC, datetime

import dagster as dg

from resources.configuration.media_home import MediaHome
from resources.orchestration.run_locks import is_held, lock_files, process_of
from resources.orchestration.run_tags import BATCH_TAG, STAGE_TAG
from resources.orchestration.runs_under_way import UNDER_WAY

MOST_SHOWN = 100
"""Thousands may wait in the queue."""


@dataclass(frozen=True)
class WorkingRun:
    """One run; ``processes`` is empty while it waits, and when its process is on another machine.

    ``last_sign`` is when it last said anything to Dagster's log.
    """

    run_id: str
    job: str
    status: str
    stage: str | None
    batch: str | None
    processes: tuple[int, ...]
    created_at: datetime
    last_sign: datetime


def working_runs(
    instance: dg.DagsterInstance, home: MediaHome, *, with_queued: bool = True
) -> list[WorkingRun]:
    """Runs that work or wait, oldest first, at most MOST_SHOWN."""
    statuses = [*UNDER_WAY, dg.DagsterRunStatus.CANCELING]
    if not with_queued:
        statuses.remove(dg.DagsterRunStatus.QUEUED)
    filters = dg.RunsFilter(statuses=statuses)
    records = instance.get_run_records(filters, limit=MOST_SHOWN, ascending=True)
    return [working_run(instance, home, record) for record in records]


def working_run(instance: dg.DagsterInstance, home: MediaHome, record: dg.RunRecord) -> WorkingRun:
    """One run as it is now."""
    run = record.dagster_run
    living = [path for path in lock_files(home, run.run_id) if is_held([path])]
    last = instance.get_records_for_run(run.run_id, limit=1, ascending=False).records
    heard = last[0].timestamp if last else record.update_timestamp.timestamp()
    return WorkingRun(
        run.run_id,
        run.job_name,
        run.status.value.lower(),
        run.tags.get(STAGE_TAG),
        run.tags.get(BATCH_TAG),
        tuple(pid for path in living if (pid := process_of(path)) is not None),
        record.create_timestamp.astimezone(UTC),
        datetime.fromtimestamp(heard, UTC),
    )

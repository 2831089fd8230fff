"""The work under way at this moment: runs, their processes, workers, pauses."""

from collections.abc import Collection
from dataclasses import dataclass

import dagster as dg

from resources.configuration.settings import Settings
from resources.orchestration.paused_work import is_all_paused, paused_batches
from resources.orchestration.worker_counts import WorkerCounts, worker_counts
from resources.orchestration.working_runs import WorkingRun, working_runs


@dataclass(frozen=True)
class Work:
    """What Dagster's storage says now."""

    runs: list[WorkingRun]
    queued: int
    workers: WorkerCounts
    least_workers: int
    most_workers: int
    is_all_paused: bool
    paused_batches: Collection[str]

    @property
    def working_batches(self) -> set[str]:
        """Batches that a run works on."""
        return {run.batch for run in self.runs if run.batch is not None}


def work_of(instance: dg.DagsterInstance, settings: Settings) -> Work:
    """The work now."""
    return Work(
        working_runs(instance, settings.media_home, with_queued=False),
        instance.get_runs_count(dg.RunsFilter(statuses=[dg.DagsterRunStatus.QUEUED])),
        worker_counts(instance, WorkerCounts.of(settings)),
        settings.least_workers,
        settings.most_workers,
        is_all_paused(instance),
        frozenset(paused_batches(instance)),
    )

"""How many runs work at a time, and how many of those load models; changed without a restart.

A worker is the process of a run. The counts are kept in Dagster's own storage, where the run queue
asks for them at each look, a second later at most. Until a person sets them the settings count.
"""

from dataclasses import dataclass
from typing import Self

import dagster as dg

from resources.configuration.settings import Settings

RUNS = "media/workers"
WITH_MODELS = "media/workers_with_models"


class UnusableWorkerCount(ValueError):
    """A number of workers outside what the settings allow."""


@dataclass(frozen=True)
class WorkerCounts:
    """Runs at a time, and how many of them may be recognizing (models in memory)."""

    runs: int
    with_models: int

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """What counts until somebody sets it."""
        return cls(settings.max_concurrent_runs, settings.max_recognition_runs)


def worker_counts(instance: dg.DagsterInstance, otherwise: WorkerCounts) -> WorkerCounts:
    """The counts as they were last set; ``otherwise`` for one that never was."""
    chosen = instance.daemon_cursor_storage.get_cursor_values({RUNS, WITH_MODELS})
    return WorkerCounts(
        int(chosen.get(RUNS, otherwise.runs)),
        int(chosen.get(WITH_MODELS, otherwise.with_models)),
    )


def set_workers(
    instance: dg.DagsterInstance, settings: Settings, count: int, *, with_models: bool
) -> WorkerCounts:
    """Set how many runs work at a time, or how many of them with models; both as they are now.

    Raises UnusableWorkerCount outside ``least_workers`` to ``most_workers``.
    """
    least, most = settings.least_workers, settings.most_workers
    if not least <= count <= most:
        raise UnusableWorkerCount(
            f"{count} workers: the settings least_workers and most_workers allow {least} to {most}"
        )
    key = WITH_MODELS if with_models else RUNS
    instance.daemon_cursor_storage.set_cursor_values({key: str(count)})
    return worker_counts(instance, WorkerCounts.of(settings))

"""Dagster's own launcher, which also says whether a run's process is alive.

Dagster's monitoring asks a launcher about every run that has started, ends those whose process is
gone, and its run retries start them again. The stock launcher has no answer; this one has the run
locks. Runs that are STARTING or CANCELING, monitoring ends by the clock (see dagster_home).

Uses internals of dagster 1.13: what a launcher's health check returns, and how a class named in
dagster.yaml is configured.
"""

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

import dagster as dg
from dagster._core.launcher.base import CheckRunHealthResult, WorkerStatus
from dagster._serdes import ConfigurableClassData

from resources.configuration.media_home import MediaHome
from resources.orchestration.run_locks import DEATH, is_dead, lock_files

ALIVE = CheckRunHealthResult(WorkerStatus.RUNNING)
DEAD = CheckRunHealthResult(WorkerStatus.NOT_FOUND, DEATH)


class MediaRunLauncher(dg.DefaultRunLauncher):
    """Starts runs in children of the code server, as Dagster does; named in dagster.yaml."""

    def __init__(self, home: str, inst_data: ConfigurableClassData | None = None) -> None:
        super().__init__(inst_data)
        self.home = MediaHome(Path(home))

    @classmethod
    def config_type(cls) -> dict[str, Any]:
        """``home``: the absolute path of MEDIA_HOME."""
        return {"home": str}

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData, config_value: Mapping[str, Any]
    ) -> Self:
        """The launcher that dagster.yaml describes."""
        return cls(inst_data=inst_data, **config_value)

    @property
    def supports_check_run_worker_health(self) -> bool:
        """Monitoring asks about started runs only if this says that there is an answer."""
        return True

    def check_run_worker_health(self, run: dg.DagsterRun) -> CheckRunHealthResult:
        """Whether a process works on the run, here or in another service or command."""
        record = self._instance.get_run_record_by_id(run.run_id)
        if record is None:
            return ALIVE
        with ExitStack() as locks:
            files = lock_files(self.home, run.run_id)
            return DEAD if is_dead(record, files, locks) else ALIVE

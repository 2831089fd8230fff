"""How many runs the queue lets work: changed by one process, seen by another that is running."""

import os
from pathlib import Path

import dagster as dg
import pytest

from resources.configuration.settings import Settings
from resources.orchestration.dagster_home import open_dagster
from resources.orchestration.run_locks import hold_run_lock, release_run_lock
from resources.orchestration.run_tags import BATCH_TAG, PLACE_TAG, RECOGNITION, SHARED, STAGE_TAG
from resources.orchestration.worker_counts import (
    UnusableWorkerCount,
    WorkerCounts,
    set_workers,
    worker_counts,
)
from resources.orchestration.working_runs import working_runs


def queue_limits(instance: dg.DagsterInstance) -> tuple[int, list[dict[str, object]]]:
    config = instance.get_concurrency_config().run_queue_config
    assert config
    return config.max_concurrent_runs, list(config.tag_concurrency_limits or [])


def limits_of(runs: int, with_models: int) -> list[dict[str, object]]:
    """All runs but instant ones share their places; one more place is for these."""
    return [
        {"key": PLACE_TAG, "value": SHARED, "limit": runs},
        {"key": STAGE_TAG, "value": RECOGNITION, "limit": with_models},
    ]


def test_the_settings_count_until_somebody_sets_a_number(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, max_concurrent_runs=3, max_recognition_runs=2)
    with open_dagster(settings) as instance:
        assert worker_counts(instance, WorkerCounts.of(settings)) == WorkerCounts(3, 2)
        assert queue_limits(instance) == (4, limits_of(3, 2))


def test_a_queue_that_is_running_takes_a_new_number(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    with open_dagster(settings) as queue, open_dagster(settings) as command:
        assert queue_limits(queue)[0] == 2 + 1

        set_workers(command, settings, 5, with_models=False)
        set_workers(command, settings, 4, with_models=True)

        assert queue_limits(queue) == (6, limits_of(5, 4))
    with open_dagster(settings) as after_a_restart:
        assert queue_limits(after_a_restart)[0] == 5 + 1


@pytest.mark.parametrize("count", [-1, 0, 1, 7])
def test_only_what_the_settings_allow_is_set(tmp_path: Path, count: int) -> None:
    settings = Settings(home=tmp_path, least_workers=2, most_workers=6)
    with open_dagster(settings) as instance:
        with pytest.raises(UnusableWorkerCount, match="allow 2 to 6"):
            set_workers(instance, settings, count, with_models=False)
        assert queue_limits(instance)[0] == 2 + 1


def test_a_run_shows_its_process_its_batch_and_its_last_sign_of_life(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    run = dg.DagsterRun(
        job_name="process_images",
        status=dg.DagsterRunStatus.STARTED,
        tags={BATCH_TAG: "holiday", STAGE_TAG: "renditions"},
    )
    with open_dagster(settings) as instance:
        instance.add_run(run)
        instance.report_engine_event("150 of 500 images are made", run)
        hold_run_lock(settings.media_home, run.run_id)
        (working,) = working_runs(instance, settings.media_home)
        release_run_lock(run.run_id)
        (waiting,) = working_runs(instance, settings.media_home)

        assert working.processes == (os.getpid(),)
        assert (working.batch, working.stage, working.status) == (
            "holiday",
            "renditions",
            "started",
        )
        assert working.last_sign >= working.created_at
        assert waiting.processes == ()

        instance.report_run_failed(run)
        assert working_runs(instance, settings.media_home) == []

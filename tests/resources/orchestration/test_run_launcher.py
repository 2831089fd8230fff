"""Dagster's monitoring ends the runs whose process is gone, and leaves the others alone.

The real iteration of the monitoring daemon, on a real instance, with real processes: the health
check of a launcher is an internal of Dagster.
"""

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import dagster as dg
import pytest
from dagster import DagsterRunStatus
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import EmptyWorkspaceTarget
from dagster._daemon.monitoring import execute_run_monitoring_iteration

from resources.configuration.settings import Settings
from resources.orchestration.dagster_home import instance_config, open_dagster
from resources.orchestration.run_launcher import MediaRunLauncher
from resources.orchestration.run_locks import UNLOCKED_SECONDS, hold_run_lock, release_run_lock
from tests.support.held_runs import create_run, process_of, status_of

Look = Callable[[], None]


@pytest.fixture
def instance(settings: Settings) -> Iterator[dg.DagsterInstance]:
    with open_dagster(settings) as opened:
        opened.add_dynamic_partitions("sample_images", ["a", "b"])
        yield opened


@pytest.fixture
def look(instance: dg.DagsterInstance) -> Iterator[Look]:
    """One iteration of the monitoring daemon; an error in it fails the test."""
    with WorkspaceProcessContext(instance, EmptyWorkspaceTarget()) as workspace:

        def iterate() -> None:
            errors = execute_run_monitoring_iteration(workspace, logging.getLogger("monitoring"))
            assert [error for error in errors if error is not None] == []

        yield iterate


def test_dagster_takes_our_launcher_and_asks_it_every_five_seconds(
    instance: dg.DagsterInstance, settings: Settings
) -> None:
    assert isinstance(instance.run_launcher, MediaRunLauncher)
    assert instance.run_launcher.supports_check_run_worker_health
    assert instance.run_launcher.home == settings.media_home
    assert instance.run_monitoring_poll_interval_seconds == 5
    assert instance.run_monitoring_max_resume_run_attempts == 0


def test_a_killed_run_is_ended_at_the_next_look_and_is_to_be_retried(
    instance: dg.DagsterInstance, settings: Settings, look: Look
) -> None:
    run_id = create_run(instance, DagsterRunStatus.STARTED)
    with process_of(settings.media_home, run_id) as process:
        look()
        assert status_of(instance, run_id) == DagsterRunStatus.STARTED
        process.kill()
        process.wait()

    look()

    run = instance.get_run_by_id(run_id)
    assert run
    assert run.status is DagsterRunStatus.FAILURE
    assert run.tags["dagster/will_retry"] == "true"
    [failure] = instance.all_logs(run_id, of_type=dg.DagsterEventType.RUN_FAILURE)
    assert "process died" in failure.message


def test_a_run_of_a_command_in_the_foreground_is_left_alone(
    instance: dg.DagsterInstance, settings: Settings, look: Look
) -> None:
    """``media add --wait`` works on it in its own process, which Dagster has not launched."""
    run_id = create_run(instance, DagsterRunStatus.STARTED)
    hold_run_lock(settings.media_home, run_id)
    look()
    release_run_lock(run_id)

    assert status_of(instance, run_id) == DagsterRunStatus.STARTED


@pytest.mark.parametrize(
    ("quiet_seconds", "expected"),
    [(0, DagsterRunStatus.STARTED), (UNLOCKED_SECONDS + 100, DagsterRunStatus.FAILURE)],
    ids=["just_begun", "lost"],
)
def test_a_run_that_holds_no_lock_yet_gets_time(
    instance: dg.DagsterInstance, look: Look, quiet_seconds: float, expected: DagsterRunStatus
) -> None:
    run_id = create_run(instance, DagsterRunStatus.STARTED, quiet_seconds=quiet_seconds)
    look()

    assert status_of(instance, run_id) == expected


def test_a_dead_run_stays_dead_when_asked_about_again(
    instance: dg.DagsterInstance, settings: Settings
) -> None:
    """The daemon may be killed between its question and what it makes of the answer."""
    run_id = create_run(instance, DagsterRunStatus.STARTED)
    with process_of(settings.media_home, run_id) as process:
        process.kill()
        process.wait()
    run = instance.get_run_by_id(run_id)
    assert run

    first, second = (instance.run_launcher.check_run_worker_health(run) for _ in range(2))

    assert first == second
    assert "process died" in str(first)


def test_ten_stops_of_the_service_do_not_use_up_a_runs_retries(tmp_path: Path) -> None:
    retries = instance_config(Settings(home=tmp_path))["run_retries"]

    assert isinstance(retries, dict)
    assert retries["max_retries"] == 10
    assert retries["retry_on_asset_or_op_failure"] is False

"""A dead run is ended, a living one is left alone, however the process died."""

import signal
import time
from collections.abc import Iterator
from typing import Any

import dagster as dg
import pytest
from dagster import DagsterRunStatus
from filelock import FileLock

from resources.configuration.media_home import MediaHome
from resources.configuration.settings import Settings
from resources.orchestration import run_locks
from resources.orchestration.dagster_home import open_dagster
from resources.orchestration.run_locks import (
    fail_dead_runs,
    hold_run_lock,
    is_held,
    living_runs,
    lock_files,
    release_run_lock,
)
from tests.support.held_runs import create_run, process_of, status_of


@pytest.fixture
def home(settings: Settings) -> MediaHome:
    return settings.media_home


@pytest.fixture
def instance(settings: Settings) -> Iterator[dg.DagsterInstance]:
    with open_dagster(settings) as opened:
        opened.add_dynamic_partitions("sample_images", ["a", "b"])
        yield opened


def test_a_killed_run_is_failed_and_dagster_is_to_retry_it(
    instance: dg.DagsterInstance, home: MediaHome
) -> None:
    run_id = create_run(instance, DagsterRunStatus.STARTED)
    with process_of(home, run_id) as process:
        assert fail_dead_runs(instance, home) == []
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert fail_dead_runs(instance, home) == [run_id]

    run = instance.get_run_by_id(run_id)
    assert run
    assert run.status == DagsterRunStatus.FAILURE
    assert run.tags["dagster/will_retry"] == "true"
    [failure] = instance.all_logs(run_id, of_type=dg.DagsterEventType.RUN_FAILURE)
    assert "process died" in failure.message
    assert lock_files(home, "*") == []
    assert fail_dead_runs(instance, home) == []


def test_the_failure_is_where_the_retry_daemon_looks_for_it(
    instance: dg.DagsterInstance, home: MediaHome
) -> None:
    """The daemon reads on from the last event it saw in the index of all runs."""
    seen = instance.event_log_storage.get_maximum_record_id() or 0
    run_id = create_run(instance, DagsterRunStatus.STARTED, quiet_seconds=7200)
    fail_dead_runs(instance, home)

    failures = instance.event_log_storage.get_logs_for_all_runs_by_log_id(
        after_cursor=seen, dagster_event_type={dg.DagsterEventType.RUN_FAILURE}
    )
    assert [entry.run_id for entry in failures.values()] == [run_id]


def test_a_run_that_was_being_cancelled_is_cancelled_and_not_retried(
    instance: dg.DagsterInstance, home: MediaHome
) -> None:
    run_id = create_run(instance, DagsterRunStatus.CANCELING, quiet_seconds=7200)

    assert fail_dead_runs(instance, home) == [run_id]
    assert status_of(instance, run_id) == DagsterRunStatus.CANCELED


@pytest.mark.parametrize(
    ("status", "quiet_seconds", "is_ended"),
    [
        (DagsterRunStatus.STARTING, 90, False),
        (DagsterRunStatus.STARTING, 1000, True),
        (DagsterRunStatus.STARTED, 90, False),
        (DagsterRunStatus.STARTED, 1000, True),
        (DagsterRunStatus.NOT_STARTED, 4000, False),
        (DagsterRunStatus.SUCCESS, 4000, False),
    ],
    ids=["loading", "never_loaded", "no_media_in_use", "lost", "waiting", "done"],
)
def test_a_run_without_lock_file_gets_time_before_it_is_called_dead(
    instance: dg.DagsterInstance,
    home: MediaHome,
    status: DagsterRunStatus,
    quiet_seconds: float,
    is_ended: bool,
) -> None:
    run_id = create_run(instance, status, quiet_seconds=quiet_seconds)

    assert fail_dead_runs(instance, home) == ([run_id] if is_ended else [])
    assert status_of(instance, run_id) == (DagsterRunStatus.FAILURE if is_ended else status)


def test_a_run_of_two_processes_lives_while_one_of_them_does(
    instance: dg.DagsterInstance, home: MediaHome
) -> None:
    run_id = create_run(instance, DagsterRunStatus.STARTED)
    with process_of(home, run_id) as first, process_of(home, run_id):
        first.kill()
        first.wait()
        assert len(lock_files(home, run_id)) == 2
        assert fail_dead_runs(instance, home) == []


def test_a_process_that_lives_on_says_that_the_end_is_recorded(
    instance: dg.DagsterInstance, home: MediaHome
) -> None:
    run_id = create_run(instance, DagsterRunStatus.STARTED)
    hold_run_lock(home, run_id)
    hold_run_lock(home, run_id)
    assert len(lock_files(home, run_id)) == 1
    release_run_lock(run_id)

    assert lock_files(home, run_id) == []
    assert fail_dead_runs(instance, home) == []


def test_a_process_that_was_gone_before_the_end_was_recorded_has_died(
    instance: dg.DagsterInstance, home: MediaHome
) -> None:
    """Its log says that it failed, its status that it works: killed in between, as was seen."""
    run_id = create_run(instance, DagsterRunStatus.STARTED)
    with process_of(home, run_id) as process:
        process.terminate()
        process.wait()
    failure = dg.DagsterEvent(dg.DagsterEventType.RUN_FAILURE.value, "process_samples")
    entry = dg.EventLogEntry(
        error_info=None,
        level="DEBUG",
        user_message="",
        run_id=run_id,
        timestamp=time.time(),
        job_name="process_samples",
        dagster_event=failure,
    )
    instance.event_log_storage.store_event(entry)

    assert fail_dead_runs(instance, home) == [run_id]
    assert status_of(instance, run_id) == DagsterRunStatus.FAILURE


def test_a_lock_file_has_its_name_only_when_its_lock_is_held(
    home: MediaHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else one that is just being made would be taken for that of a dead process."""
    seen = []

    class WatchedLock(FileLock):
        def acquire(self, *arguments: Any, **options: Any) -> Any:
            seen.append(lock_files(home, "*"))
            return super().acquire(*arguments, **options)

    monkeypatch.setattr(run_locks, "FileLock", WatchedLock)
    hold_run_lock(home, "watched")
    assert seen == [[]]
    assert len(lock_files(home, "watched")) == 1
    assert is_held(lock_files(home, "watched"))
    release_run_lock("watched")


def test_a_process_killed_between_making_and_naming_its_lock_leaves_nothing_for_ever(
    instance: dg.DagsterInstance, home: MediaHome
) -> None:
    (home.locks / "runs").mkdir(parents=True)
    (home.locks / "runs" / "killed.0.new").touch()

    assert fail_dead_runs(instance, home) == []
    assert list((home.locks / "runs").iterdir()) == []


def test_a_run_killed_before_it_began_is_dead_but_one_that_waits_is_not(
    instance: dg.DagsterInstance, home: MediaHome
) -> None:
    """A command in the foreground holds the lock of a run before it creates the run."""
    killed, waiting = (create_run(instance, DagsterRunStatus.NOT_STARTED) for _ in range(2))
    with process_of(home, killed) as process:
        assert living_runs(instance, home) == [killed]
        assert fail_dead_runs(instance, home) == []
        process.kill()
        process.wait()

    assert living_runs(instance, home) == []
    assert fail_dead_runs(instance, home) == [killed]
    assert status_of(instance, killed) == DagsterRunStatus.FAILURE
    assert status_of(instance, waiting) == DagsterRunStatus.NOT_STARTED


def test_lock_files_of_ended_runs_are_tidied_away(
    instance: dg.DagsterInstance, home: MediaHome
) -> None:
    run_id = create_run(instance, DagsterRunStatus.SUCCESS)
    with process_of(home, run_id) as process:
        process.kill()
        process.wait()

    assert fail_dead_runs(instance, home) == []
    assert lock_files(home, "*") == []

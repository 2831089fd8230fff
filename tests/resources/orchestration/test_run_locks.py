"""A dead run is ended, a living one is left alone, however the process died."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import dagster as dg
import pytest
import sqlalchemy
from dagster import DagsterRunStatus

from resources.configuration.media_home import MediaHome
from resources.configuration.settings import Settings
from resources.orchestration.dagster_home import open_dagster
from resources.orchestration.run_locks import (
    fail_dead_runs,
    hold_run_lock,
    lock_files,
    release_run_lock,
)
from tests.support.child_processes import started
from tests.support.dagster_samples import defs, range_tags

HOLDER = """
import sys, time
from pathlib import Path
from resources.configuration.media_home import MediaHome
from resources.orchestration.run_locks import hold_run_lock
hold_run_lock(MediaHome(Path(sys.argv[1])), sys.argv[2])
print("held", flush=True)
time.sleep(60)
"""


@pytest.fixture
def home(settings: Settings) -> MediaHome:
    return settings.media_home


@pytest.fixture
def instance(settings: Settings) -> Iterator[dg.DagsterInstance]:
    with open_dagster(settings) as opened:
        opened.add_dynamic_partitions("sample_images", ["a", "b"])
        yield opened


def create_run(
    instance: dg.DagsterInstance, status: DagsterRunStatus, *, quiet_seconds: float = 0
) -> str:
    """A run that got as far as ``status``, and about which nothing was heard since."""
    job = defs.resolve_job_def("process_samples")
    run = instance.create_run_for_job(job, tags=range_tags(["a", "b"]), status=status)
    heard = datetime.now(UTC).replace(tzinfo=None) - timedelta(seconds=quiet_seconds)
    with instance.run_storage.connect() as connection:  # type: ignore[attr-defined]
        update = "update runs set update_timestamp = :heard where run_id = :run_id"
        connection.execute(sqlalchemy.text(update), {"heard": heard, "run_id": run.run_id})
    return run.run_id


@contextmanager
def process_of(home: MediaHome, run_id: str) -> Iterator[subprocess.Popen[str]]:
    """A process that holds the run's lock."""
    command = [sys.executable, "-c", HOLDER, str(home.root), run_id]
    with started(command, stdout=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stdout.readline() == "held\n"
        yield process


def make_older(home: MediaHome, run_id: str) -> None:
    """As if the run had begun ten seconds ago."""
    for path in lock_files(home, run_id):
        os.utime(path, (time.time() - 10, time.time() - 10))


def status_of(instance: dg.DagsterInstance, run_id: str) -> DagsterRunStatus:
    run = instance.get_run_by_id(run_id)
    assert run
    return run.status


def test_a_killed_run_is_failed_and_dagster_is_to_retry_it(
    instance: dg.DagsterInstance, home: MediaHome
) -> None:
    run_id = create_run(instance, DagsterRunStatus.STARTED)
    with process_of(home, run_id) as process:
        make_older(home, run_id)
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
        (DagsterRunStatus.STARTING, 10, False),
        (DagsterRunStatus.STARTING, 90, True),
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
        make_older(home, run_id)
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
    make_older(home, run_id)

    assert fail_dead_runs(instance, home) == [run_id]
    assert status_of(instance, run_id) == DagsterRunStatus.FAILURE


def test_a_lock_file_just_made_is_not_taken_from_its_process(
    instance: dg.DagsterInstance, home: MediaHome
) -> None:
    run_id = create_run(instance, DagsterRunStatus.STARTED)
    (home.locks / "runs").mkdir(parents=True)
    (home.locks / "runs" / f"{run_id}.0.lock").touch()

    assert fail_dead_runs(instance, home) == []
    make_older(home, run_id)
    assert fail_dead_runs(instance, home) == [run_id]


def test_lock_files_of_ended_runs_are_tidied_away(
    instance: dg.DagsterInstance, home: MediaHome
) -> None:
    run_id = create_run(instance, DagsterRunStatus.SUCCESS)
    with process_of(home, run_id) as process:
        process.kill()
        process.wait()
    make_older(home, run_id)

    assert fail_dead_runs(instance, home) == []
    assert lock_files(home, "*") == []

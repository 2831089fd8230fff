"""What is paused waits in the queue; what works on it is stopped, and queued again by Dagster."""

import signal
import subprocess
import sys

import dagster as dg
from dagster._daemon.run_coordinator.queued_run_coordinator_daemon import (
    QueuedRunCoordinatorDaemon,
)

from resources.configuration.settings import Settings
from resources.orchestration.dagster_home import open_dagster
from resources.orchestration.paused_work import (
    cancel,
    pause,
    pause_everything,
    paused_batches,
    resume,
)
from resources.orchestration.run_tags import BATCH_TAG
from tests.support.child_processes import started
from tests.support.queued_runs import add_queued_run

WORKER = """
import sys, time
from pathlib import Path
from resources.configuration.media_home import MediaHome
from resources.orchestration.run_locks import hold_run_lock
hold_run_lock(MediaHome(Path(sys.argv[1])), sys.argv[2])
print("works", flush=True)
time.sleep(600)
"""


def queued(instance: dg.DagsterInstance, batch: str) -> dg.DagsterRun:
    return add_queued_run(instance, {BATCH_TAG: batch})


def may_begin(instance: dg.DagsterInstance) -> list[str]:
    """The batches of the runs that Dagster's daemon would launch now."""
    daemon = QueuedRunCoordinatorDaemon(interval_seconds=1)
    config = instance.get_concurrency_config()
    runs = daemon._get_runs_to_dequeue(instance, config, fixed_iteration_time=None)
    return [run.tags[BATCH_TAG] for run in runs]


def test_the_runs_of_a_paused_batch_wait_and_others_begin(
    settings: Settings, instance: dg.DagsterInstance
) -> None:
    queued(instance, "paused")
    queued(instance, "other")

    assert pause(instance, settings.media_home, "paused") == 0
    queued(instance, "paused")  # a file that comes in meanwhile
    assert may_begin(instance) == ["other"]

    with open_dagster(settings) as after_a_restart:
        assert paused_batches(after_a_restart) == ["paused"]
        assert may_begin(after_a_restart) == ["other"]

    assert resume(instance, settings.media_home, "paused") == 2
    assert may_begin(instance) == ["paused", "other"]


def test_what_works_on_a_paused_batch_is_stopped(
    settings: Settings, instance: dg.DagsterInstance
) -> None:
    run = instance.add_run(
        dg.DagsterRun(
            job_name="process_images",
            status=dg.DagsterRunStatus.STARTED,
            tags={BATCH_TAG: "paused"},
        )
    )
    command = [sys.executable, "-c", WORKER, str(settings.home), run.run_id]
    with started(command, stdout=subprocess.PIPE) as worker:
        worker.stdout.readline()

        assert pause(instance, settings.media_home, "another") == 0
        assert pause(instance, settings.media_home, "paused") == 1

        assert worker.wait(timeout=30) == -signal.SIGTERM


def test_when_all_is_paused_no_run_begins(instance: dg.DagsterInstance) -> None:
    queued(instance, "a")
    pause_everything(instance, is_paused=True)
    assert may_begin(instance) == []

    pause_everything(instance, is_paused=False)
    assert may_begin(instance) == ["a"]


def test_a_cancelled_batch_leaves_the_queue_and_is_not_paused_any_longer(
    settings: Settings, instance: dg.DagsterInstance
) -> None:
    run = queued(instance, "a")
    pause(instance, settings.media_home, "a")

    assert cancel(instance, settings.media_home, "a") == 1

    ended = instance.get_run_by_id(run.run_id)
    assert ended
    assert ended.status == dg.DagsterRunStatus.CANCELED
    assert paused_batches(instance) == []

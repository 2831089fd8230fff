"""Runs in Dagster's storage, and processes that hold the locks of runs."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import dagster as dg
import sqlalchemy

from resources.configuration.media_home import MediaHome
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


def create_run(
    instance: dg.DagsterInstance, status: dg.DagsterRunStatus, *, quiet_seconds: float = 0
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


def status_of(instance: dg.DagsterInstance, run_id: str) -> dg.DagsterRunStatus:
    """How far the run is by Dagster's storage."""
    run = instance.get_run_by_id(run_id)
    assert run
    return run.status

"""Whether a run's process is alive: it holds a file lock, which the kernel releases at its death.

Dagster's default launcher cannot tell after a power cut or when the code server was killed as well:
the run stays STARTED for ever and holds a place in the queue. The janitor asks the locks instead.

A process keeps the lock until it ends, past the end of the run itself: between the two it still
has to record how the run ended, and may be killed there. So a file whose lock is free belongs to a
process that is gone, and says so until somebody has looked at what it left.
"""

import time
import uuid
from contextlib import ExitStack
from pathlib import Path

import dagster as dg
from dagster import DagsterRunStatus
from filelock import BaseFileLock, FileLock, Timeout

from resources.configuration.media_home import MediaHome

SETTLED_SECONDS = 5.0
"""A lock file younger than this may be between its creation and its locking."""

LAUNCH_SECONDS = 60.0
"""A run without lock file that is STARTING may still be loading code for so long (5-6 s alone)."""

UNLOCKED_SECONDS = 900.0
"""A run that is under way without lock file uses no media resource, or died on its way to it."""

_held: dict[str, BaseFileLock] = {}
"""Run id -> the lock by which this process proves that it works on the run."""

UNDER_WAY = [DagsterRunStatus.STARTING, DagsterRunStatus.STARTED, DagsterRunStatus.CANCELING]
DEATH = "The run's process died (power cut, out of memory or killed). What it finished is kept."


def hold_run_lock(home: MediaHome, run_id: str) -> None:
    """Prove, until this process ends, that it works on the run; again has no effect.

    Every process of a run holds a lock of its own.
    """
    if run_id in _held:
        return
    folder = run_locks(home)
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / f"{run_id}.{uuid.uuid4().hex[:8]}.lock")
    lock.acquire()
    _held[run_id] = lock


def release_run_lock(run_id: str) -> None:
    """Say that this process, which lives on, has recorded the end of the run."""
    lock = _held.pop(run_id, None)
    if lock is not None:
        Path(lock.lock_file).unlink(missing_ok=True)
        lock.release()


def fail_dead_runs(instance: dg.DagsterInstance, home: MediaHome) -> list[str]:
    """End the runs whose process is dead and return their ids, oldest first.

    They become failed, so that a daemon starts them again (run retries); those that a person was
    cancelling become cancelled. Runs whose process lives, in whatever service, are left alone.
    """
    records = instance.get_run_records(dg.RunsFilter(statuses=UNDER_WAY), ascending=True)
    dead = []
    for record in records:
        with ExitStack() as locks:
            if is_dead(record, lock_files(home, record.dagster_run.run_id), locks):
                end_run(instance, record.dagster_run)
                dead.append(record.dagster_run.run_id)
    remove_orphans(instance, home)
    return dead


def end_runs_under_way(instance: dg.DagsterInstance) -> None:
    """End every run that is under way: this storage is a copy, their processes are elsewhere."""
    for record in instance.get_run_records(dg.RunsFilter(statuses=UNDER_WAY)):
        end_run(instance, record.dagster_run)


def is_dead(record: dg.RunRecord, files: list[Path], locks: ExitStack) -> bool:
    """Whether nobody works on the run; if so, its locks are held by ``locks`` until that closes."""
    if files:
        return all(seize(path, locks) for path in files)
    is_starting = record.dagster_run.status == DagsterRunStatus.STARTING
    quiet_seconds = time.time() - record.update_timestamp.timestamp()
    return quiet_seconds > (LAUNCH_SECONDS if is_starting else UNLOCKED_SECONDS)


def seize(path: Path, locks: ExitStack) -> bool:
    """Take the lock of a dead process, to be removed when ``locks`` closes; False if it lives."""
    try:
        age_seconds = time.time() - path.stat().st_mtime
        if 0 <= age_seconds < SETTLED_SECONDS:  # below 0 the clock was set back
            return False
        locks.enter_context(FileLock(path, timeout=0))
    except (Timeout, FileNotFoundError):  # held, or removed just now by the process itself
        return False
    locks.callback(path.unlink, missing_ok=True)
    return True


def end_run(instance: dg.DagsterInstance, run: dg.DagsterRun) -> None:
    """Record the end of a dead run, unless it ended by itself in the meantime."""
    now = instance.get_run_by_id(run.run_id)
    if now is None or now.status not in UNDER_WAY:
        return
    if now.status == DagsterRunStatus.CANCELING:
        instance.report_run_canceled(now, DEATH)
    else:
        instance.report_run_failed(now, DEATH)


def remove_orphans(instance: dg.DagsterInstance, home: MediaHome) -> None:
    """Remove lock files that killed processes of runs already ended left behind."""
    for path in lock_files(home, "*"):
        run = instance.get_run_by_id(path.name.split(".")[0])
        if run is None or run.is_finished:
            with ExitStack() as locks:
                seize(path, locks)


def lock_files(home: MediaHome, run_id: str) -> list[Path]:
    """The lock files of a run's processes."""
    return sorted(run_locks(home).glob(f"{run_id}.*.lock"))


def run_locks(home: MediaHome) -> Path:
    """The folder of the runs' lock files."""
    return home.locks / "runs"

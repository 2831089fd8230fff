"""Whether a run's process is alive: it holds a file lock, which the kernel releases at its death.

Dagster's default launcher does not know after a power cut or when the code server was killed as
well: the run stays STARTED forever and holds a place in the queue. The locks can: Dagster's
monitoring asks them about started runs through ``run_launcher`` while the service is up, and
``fail_dead_runs`` does about all, at each look at the landing folders and without the service.

A lock file gets its name only when its lock is held, so that one whose lock is free belongs to a
process that is gone. A process keeps the lock until it ends, past the end of the run itself:
between the two it still has to record how the run ended, and may be killed there.
"""

import os
import time
import uuid
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
from dagster import DagsterRunStatus
from filelock import BaseFileLock, FileLock, Timeout

from resources.configuration.media_home import MediaHome
from resources.orchestration.run_tags import (
    AUTO_RETRY_TAG,
    DIED_TAG,
    RANGE_START_TAG,
    TO_BE_REPEATED,
)

LAUNCH_SECONDS = 900
"""A run without lock file that is STARTING may wait for its process for so long: a late start is no
failure (60 busy processes beside it: 25 runs failed in 48 minutes at Dagster's 60 s). One whose
process has died on its way is known by its lock at once."""

UNLOCKED_SECONDS = 900.0
"""A run in progress without lock file uses no media resource, or died on its way to it."""

HAS_A_PROCESS = [DagsterRunStatus.STARTING, DagsterRunStatus.STARTED, DagsterRunStatus.CANCELING]
MAY_BE_HELD = [DagsterRunStatus.NOT_STARTED, *HAS_A_PROCESS]
"""A run of a command in the foreground is held from before it is created."""

DEATH = "The run's process died (power cut, out of memory or killed). What it finished is kept."


@dataclass(frozen=True)
class HeldLock:
    """The lock by which this process proves that it works on a run, and its file."""

    lock: BaseFileLock
    path: Path


_held: dict[str, HeldLock] = {}
"""By run id."""


def hold_run_lock(home: MediaHome, run_id: str) -> None:
    """Prove, until this process ends, that it works on the run; again has no effect.

    Every process of a run holds a lock of its own.
    """
    if run_id in _held:
        return
    folder = run_locks(home)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{run_id}.{os.getpid()}-{uuid.uuid4().hex[:8]}.lock"
    unnamed = path.with_suffix(".new")
    lock = FileLock(unnamed)
    lock.acquire()
    unnamed.rename(path)
    _held[run_id] = HeldLock(lock, path)


def release_run_lock(run_id: str) -> None:
    """Say that this process, which lives on, has recorded the end of the run."""
    held = _held.pop(run_id, None)
    if held is not None:
        held.path.unlink(missing_ok=True)
        held.lock.release()


def fail_dead_runs(instance: dg.DagsterInstance, home: MediaHome) -> list[str]:
    """End the runs whose process is dead and return their ids, oldest first.

    They become failed, so that they are started again; those that a person was canceling become
    canceled. Runs whose process lives, in any service, are left alone.
    """
    records = instance.get_run_records(dg.RunsFilter(statuses=MAY_BE_HELD), ascending=True)
    dead = []
    for record in records:
        run = record.dagster_run
        files = lock_files(home, run.run_id)
        with ExitStack() as locks:
            if is_dead(record, files, locks):
                if end_run(instance, run.run_id):
                    dead.append(run.run_id)
                remove(files)
    remove_orphans(instance, home)
    return dead


def runs_to_repeat(instance: dg.DagsterInstance) -> list[str]:
    """The ids of the dead runs over sources that nobody has started again, oldest first.

    Also those that another process found dead before it was killed itself.
    """
    filters = dg.RunsFilter(statuses=[DagsterRunStatus.FAILURE], tags={DIED_TAG: TO_BE_REPEATED})
    records = instance.get_run_records(filters, ascending=True)
    runs = [record.dagster_run for record in records]
    return [run.run_id for run in runs if AUTO_RETRY_TAG not in run.tags]


def end_runs_under_way(instance: dg.DagsterInstance) -> None:
    """End every run in progress: this storage is a copy, their processes are elsewhere."""
    for record in instance.get_run_records(dg.RunsFilter(statuses=HAS_A_PROCESS)):
        end_run(instance, record.dagster_run.run_id)


def living_runs(instance: dg.DagsterInstance, home: MediaHome) -> list[str]:
    """The ids of the runs on which a process works now, in any service or command."""
    runs = instance.get_runs(dg.RunsFilter(statuses=MAY_BE_HELD))
    return [run.run_id for run in runs if is_held(lock_files(home, run.run_id))]


def is_held(files: list[Path]) -> bool:
    """Whether a process holds the lock of one of the files."""
    with ExitStack() as locks:
        return not all(seize(path, locks) for path in files)


def is_dead(record: dg.RunRecord, files: list[Path], locks: ExitStack) -> bool:
    """Whether nobody works on the run; if so, its locks are held by ``locks`` until that closes."""
    if files:
        return all(seize(path, locks) for path in files)
    quiet_seconds = time.time() - record.update_timestamp.timestamp()
    match record.dagster_run.status:
        case DagsterRunStatus.NOT_STARTED:
            return False  # waits for the queue
        case DagsterRunStatus.STARTING:
            return quiet_seconds > LAUNCH_SECONDS
        case _:
            return quiet_seconds > UNLOCKED_SECONDS


def seize(path: Path, locks: ExitStack) -> bool:
    """Take the lock of a dead process until ``locks`` closes; False if that process lives."""
    if not path.exists():  # removed just now by that process itself
        return False
    try:
        locks.enter_context(FileLock(path, timeout=0))
    except Timeout:
        return False
    return True


def end_run(instance: dg.DagsterInstance, run_id: str) -> bool:
    """Record the end of a dead run; False if it ended by itself in the meantime."""
    now = instance.get_run_by_id(run_id)
    if now is None or now.status not in MAY_BE_HELD:
        return False
    if now.status == DagsterRunStatus.CANCELING:
        instance.report_run_canceled(now, DEATH)
        return True
    if RANGE_START_TAG in now.tags:  # others look at a state that is asked about again
        instance.add_run_tags(run_id, {DIED_TAG: TO_BE_REPEATED})
    instance.report_run_failed(now, DEATH)
    return True


def remove_orphans(instance: dg.DagsterInstance, home: MediaHome) -> None:
    """Remove the files that processes of runs already ended, or never begun, left behind."""
    unnamed = list(run_locks(home).glob("*.new"))
    for path in [*lock_files(home, "*"), *unnamed]:
        run = instance.get_run_by_id(path.name.split(".")[0])
        if run is None or run.is_finished:
            with ExitStack() as locks:
                if seize(path, locks):
                    remove([path])


def remove(files: list[Path]) -> None:
    """Remove lock files; another process may have removed them before."""
    for path in files:
        path.unlink(missing_ok=True)


def lock_files(home: MediaHome, run_id: str) -> list[Path]:
    """The lock files of a run's processes."""
    return sorted(run_locks(home).glob(f"{run_id}.*.lock"))


def process_of(path: Path) -> int | None:
    """The process that made a lock file; None where an older version did, which left it out."""
    pid, separator, _ = path.name.split(".")[1].partition("-")
    return int(pid) if separator else None


def run_locks(home: MediaHome) -> Path:
    """The folder of the runs' lock files."""
    return home.locks / "runs"

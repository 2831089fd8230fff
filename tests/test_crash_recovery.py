"""The main job killed without warning, again and again: the same results, and nothing left over."""

import logging
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import pytest

from resources.orchestration.run_locks import fail_dead_runs, runs_to_repeat
from tests.support.child_processes import started
from tests.support.main_job import SETTLE_SECONDS, MainJob, copy_home, main_job, picture
from tests.support.running_service import is_alive, members, wait_until

pytestmark = pytest.mark.slow

_log = logging.getLogger(__name__)

MEDIA = Path(sys.executable).with_name("media")
PICTURES = {f"picture{seed}.png": picture(seed, (700, 500)) for seed in range(24)}
KILLS = ("process", "group", "process")
LAST_KILL_AT_FILES = 100
"""Of 24 pictures' about 140 files, renditions and rows together."""


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[tuple[object, ...]]]:
    """What the pictures become when nobody disturbs."""
    with main_job(tmp_path_factory.mktemp("calm") / "home") as job:
        job.add("many", PICTURES)
        return job.results()


@contextmanager
def media(home: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """``media`` as the leader of a process group of its own."""
    environment = {
        **os.environ,
        "MEDIA_HOME": str(home),
        "MEDIA_SETTLE_SECONDS": str(SETTLE_SECONDS),
        "MEDIA_WORKERS": "2",
        "MEDIA_BATCH_SIZE": "8",
    }
    with started(
        [MEDIA, *arguments],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        yield process


def made_files(home: Path) -> int:
    """How far the work has come: renditions and commits of rows."""
    return sum(
        path.suffix in (".jpg", ".json", ".parquet")
        for part in ("derivatives", "rows/image")
        for path in (home / part).rglob("[!._]*")
    )


def kill_at(home: Path, folder: Path, files: int, victim: str) -> bool:
    """Add the folder and kill it once there are so many files; whether it was still at work."""
    with media(home, "add", str(folder), "--wait", "--batch", "many") as process:
        wait_until(lambda: made_files(home) >= files or process.poll() is not None)
        was_at_work = process.poll() is None
        if was_at_work:
            (os.killpg if victim == "group" else os.kill)(process.pid, signal.SIGKILL)
        process.wait()
    wait_until(lambda: not [pid for pid in members(process.pid) if is_alive(pid)])
    return was_at_work


def partial_files(home: Path) -> list[Path]:
    return [path for path in home.rglob(".*") if path.suffix == ".partial"]


def sweep(job: MainJob) -> list[Path]:
    """Do the hourly upkeep an hour later; return the half-written files that it leaves."""
    for path in partial_files(job.settings.home):
        os.utime(path, (time.time() - 4000, time.time() - 4000))
    assert job.carry_out([dg.RunRequest(job_name="compact_rows")]) == [dg.DagsterRunStatus.SUCCESS]
    return partial_files(job.settings.home)


def statuses(job: MainJob) -> list[str]:
    return [run.status.value for run in job.runs() if run.job_name == "process_images"]


def test_killed_at_random_moments_the_results_are_the_same(
    tmp_path: Path, uninterrupted: dict[str, set[tuple[object, ...]]]
) -> None:
    folder, home = tmp_path / "many", tmp_path / "home"
    folder.mkdir()
    for name, content in PICTURES.items():
        (folder / name).write_bytes(content)
    moments = sorted(random.sample(range(1, LAST_KILL_AT_FILES), len(KILLS)))
    _log.warning("killed at %s files", moments)  # shown when the test fails

    interrupted = [
        kill_at(home, folder, files, victim) for files, victim in zip(moments, KILLS, strict=True)
    ]
    assert interrupted[0]

    with main_job(home) as job:
        job.work()

        assert job.results() == uninterrupted
        assert set(statuses(job)) <= {"SUCCESS", "FAILURE"}
        for asset in uninterrupted:
            assert set(job.statuses(asset).values()) == {"MATERIALIZED"}, asset
        assert job.sql("select status, failed, in_progress from batches") == [("complete", 0, 0)]
        assert job.work().runs == ()
        assert sweep(job) == []
    assert list((home / "locks" / "runs").glob("*.lock")) == []
    assert [path for path in (home / "landing").rglob("*") if path.is_file()] == []


def test_a_run_whose_process_was_killed_is_ended_by_the_janitor(tmp_path: Path) -> None:
    folder, home = tmp_path / "many", tmp_path / "home"
    folder.mkdir()
    for name, content in PICTURES.items():
        (folder / name).write_bytes(content)
    assert kill_at(home, folder, 3, "process")

    with main_job(home) as job:
        (killed,) = job.runs()
        assert killed.status is dg.DagsterRunStatus.STARTED

        assert fail_dead_runs(job.instance, job.settings.media_home) == [killed.run_id]

        ended = job.instance.get_run_by_id(killed.run_id)
        assert ended is not None
        assert ended.status is dg.DagsterRunStatus.FAILURE

    with main_job(home) as job:  # that process was killed as well before it could do more
        assert runs_to_repeat(job.instance) == [killed.run_id]
        job.work()

        assert runs_to_repeat(job.instance) == []
        assert set(job.statuses("source_record").values()) == {"MATERIALIZED"}
        assert job.work().runs == ()


def test_a_publication_that_was_killed_stands_in_nobodys_way(
    finished_home: Path, tmp_path: Path
) -> None:
    home = copy_home(finished_home, tmp_path / "home")
    with media(home, "rebuild") as process:
        while process.poll() is None and not list(home.glob(".media.duckdb.*")):
            time.sleep(0.01)
        process.kill()
        assert process.wait() == -signal.SIGKILL

    with main_job(home) as job:
        (killed,) = [run for run in job.runs() if run.status is dg.DagsterRunStatus.STARTED]
        assert killed.job_name == "publish_tables"
        job.work()

        ended = job.instance.get_run_by_id(killed.run_id)
        assert ended is not None
        assert ended.status is dg.DagsterRunStatus.FAILURE
        assert job.sql("select count(*) from images") == [(4,)]
    assert list(home.glob(".media.duckdb.*")) == []

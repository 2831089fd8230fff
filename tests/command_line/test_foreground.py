"""What is done without a service: in which order, and once."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from command_line.service.foreground import work_off
from media_assets.execution import batched_execution
from media_assets.execution.stages import first_assets
from media_assets.media import image_recipes
from resources.landing.ingest import look_until_settled
from resources.orchestration.run_tags import RECOGNITION, RENDITIONS, STAGE_TAG
from tests.support.main_job import MainJob, main_job, picture, pictures

MEDIA = Path(sys.executable).with_name("media")


@pytest.fixture
def job(tmp_path: Path) -> Iterator[MainJob]:
    with main_job(tmp_path / "home") as job:
        yield job


def stages(job: MainJob) -> list[str | None]:
    """The stage of each run over images, oldest first."""
    runs = reversed(job.runs())
    return [run.tags.get(STAGE_TAG) for run in runs if run.job_name == "process_images"]


def test_recognition_waits_until_all_renditions_are_made(job: MainJob) -> None:
    job.drop("first", pictures(1))
    job.drop("second", pictures(2, first=1))
    job.work()

    assert stages(job) == [RENDITIONS, RENDITIONS, RECOGNITION, RECOGNITION]


def test_what_was_taken_before_dagster_was_opened_is_new_and_not_lost(job: MainJob) -> None:
    job.drop("early", pictures(2))
    look = look_until_settled(job.settings)
    assert look.accepted_count == 2

    work_off(job.settings, job.instance, look)

    assert stages(job) == [RENDITIONS, RECOGNITION]


def test_long_work_is_committed_piece_by_piece(
    job: MainJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batched_execution, "SECONDS_PER_COMMIT", 0.0)
    job.add("slow", pictures(3))

    made = {key.path[-1] for key in first_assets()}
    assert {name: batches(job, name) for name in image_recipes()} == dict.fromkeys(
        image_recipes(), 3
    )
    assert job.statuses("thumbnails") == dict.fromkeys(job.keys(), "MATERIALIZED")
    assert made < set(image_recipes())


def batches(job: MainJob, asset: str) -> int:
    """In how many commits the rows of an asset were written."""
    return int(job.store.scan(f"image/{asset}").select("_seq").collect()["_seq"].n_unique())


def test_a_new_home_needs_no_preparation(tmp_path: Path) -> None:
    """As in a script: no terminal, and nothing was run on this home before."""
    (tmp_path / "first.png").write_bytes(picture(1))
    command = [MEDIA, "add", str(tmp_path / "first.png"), "--batch", "new", "--wait", "--json"]
    environment = {
        **os.environ,
        "MEDIA_HOME": str(tmp_path / "home"),
        "MEDIA_SETTLE_SECONDS": "0.1",
    }
    done = subprocess.run(  # noqa: S603 - our own script
        command, env=environment, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["status"], told["ok"], told["in_progress"]) == ("complete", 1, 0)


def test_a_second_look_finds_nothing_to_do(job: MainJob) -> None:
    job.add("once", pictures(2))
    before = len(job.runs())

    assert job.work().runs == ()
    assert [run.status for run in job.runs()[: len(job.runs()) - before]] == []
    assert dg.DagsterRunStatus.FAILURE not in {run.status for run in job.runs()}

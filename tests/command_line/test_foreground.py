"""What is done without a service: in which order, and once."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

import definitions
from media_assets.execution import batched_execution
from media_assets.execution.stages import first_assets
from media_assets.images.medium import images
from media_assets.media import image_recipes
from resources.landing.ingest import look_until_settled
from resources.orchestration.media_resource import MediaResource
from resources.orchestration.run_tags import RECOGNITION, RENDITIONS, STAGE_TAG
from resources.warehouse.warehouse_resource import WarehouseResource
from tests.support.main_job import MainJob, main_job, picture, pictures

pytestmark = pytest.mark.slow

MEDIA = Path(sys.executable).with_name("media")
KILLED_BETWEEN_STAGES = """
import os, signal
from command_line.main import app
from command_line.service import sensor_ticks
from resources.orchestration.media_resource import MediaResource
from resources.orchestration.run_tags import RECOGNITION, STAGE_TAG

run_here = sensor_ticks.run_here

def die_before_recognition(instance, request):
    if request.tags.get(STAGE_TAG) == RECOGNITION:
        os.kill(os.getpid(), signal.SIGKILL)
    return run_here(instance, request)

sensor_ticks.run_here = die_before_recognition
app()
"""


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

    job.work()

    assert stages(job) == [RENDITIONS, RECOGNITION]


def test_long_work_is_committed_piece_by_piece(
    job: MainJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batched_execution, "SECONDS_PER_COMMIT", 0.0)
    job.add("slow", pictures(3))

    made = {key.path[-1] for key in first_assets(images)}
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
    command = [str(MEDIA), "add", str(tmp_path / "first.png"), "--batch", "new", "--wait", "--json"]
    environment = {
        **os.environ,
        "MEDIA_HOME": str(tmp_path / "home"),
        "MEDIA_SETTLE_SECONDS": "0.1",
    }
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["status"], told["ok"], told["in_progress"]) == ("complete", 1, 0)


def test_a_second_look_finds_nothing_to_do(job: MainJob) -> None:
    job.add("once", pictures(2))
    before = len(job.runs())

    assert job.work().runs == ()
    assert [run.status for run in job.runs()[: len(job.runs()) - before]] == []
    assert dg.DagsterRunStatus.FAILURE not in {run.status for run in job.runs()}


def test_a_sensor_added_to_the_code_location_is_ticked_too(
    job: MainJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is no second list of what is to be done: each sensor is written once."""
    ticks: list[str | None] = []

    @dg.sensor(job_name="compact_rows")
    def two_compactions(context: dg.SensorEvaluationContext, media: MediaResource) -> dg.RunRequest:
        assert media.home == job.settings.media_home
        ticks.append(context.cursor)
        context.update_cursor(str(len(ticks)))
        return dg.RunRequest(run_key=f"number {min(len(ticks), 2)}")

    added = dg.Definitions(sensors=[two_compactions])
    monkeypatch.setattr(definitions, "defs", dg.Definitions.merge(definitions.defs, added))

    job.work()

    compactions = [run.status for run in job.runs() if run.job_name == "compact_rows"]
    assert compactions == [dg.DagsterRunStatus.SUCCESS] * 2
    assert ticks == [None, "1", "2"]


def test_a_sensor_whose_run_does_not_help_is_given_up(
    job: MainJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The daemon asks again some seconds later; a command would never end."""

    def refuse(*_: object, **__: object) -> None:
        raise OSError("no publication today")

    monkeypatch.setattr(WarehouseResource, "publish", refuse)

    assert job.add("unpublished", pictures(1)).runs == (dg.DagsterRunStatus.SUCCESS,) * 2
    publications = [run.status for run in job.runs() if run.job_name == "publish_tables"]
    assert publications == [dg.DagsterRunStatus.FAILURE]


def test_nothing_that_sensors_log_is_shown_at_the_terminal(
    job: MainJob, capfd: pytest.CaptureFixture[str]
) -> None:
    """Only the steps of the work are."""
    job.add("silent", pictures(1))
    said, steps = capfd.readouterr()

    assert said == ""
    assert steps.splitlines() == [
        "media: renditions and metadata of batch silent",
        "media: text, captions, descriptions and embeddings of batch silent",
        "media: publishing the tables",
        "media: bringing search, duplicates and clusters up to date",
    ]


def test_what_was_left_between_renditions_and_recognition_is_made_good(tmp_path: Path) -> None:
    """The chunk is not offered again, since its run exists; the tables say what is missing."""
    folder, home = tmp_path / "album", tmp_path / "home"
    folder.mkdir()
    for name, content in pictures(2).items():
        (folder / name).write_bytes(content)
    killed = subprocess.run(
        [sys.executable, "-c", KILLED_BETWEEN_STAGES, "add", str(folder), "--wait"],
        env={**os.environ, "MEDIA_HOME": str(home), "MEDIA_SETTLE_SECONDS": "0.1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr

    with main_job(home) as job:
        assert stages(job) == [RENDITIONS]
        job.add("next", pictures(1, first=9))

        assert job.sql("select status, in_progress from batches") == [("complete", 0)] * 2
        for name in image_recipes():
            assert set(job.statuses(name).values()) == {"MATERIALIZED"}, name
        assert job.work().runs == ()

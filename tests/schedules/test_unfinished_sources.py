"""What a crash or a passing trouble left open is finished, but not tried forever."""

import json
import shutil
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import polars as pl
import pytest
from typer.testing import CliRunner

from command_line.main import app
from media_assets.execution.derivative_rows import table_of
from media_assets.images.medium import images
from resources.configuration.settings import Settings
from resources.orchestration.paused_work import pause
from resources.orchestration.run_tags import BATCH_TAG, PARTITION_TAG
from schedules.unfinished_sources import (
    requests_for_missing,
    unfinished_schedule,
    unfinished_schedules,
    waiting,
)
from tests.support.main_job import MainJob, copy_home, main_job
from tests.support.queued_runs import add_queued_run

pytestmark = pytest.mark.slow

BAD = "picture1.png"


@pytest.fixture
def finished(finished_home: Path, tmp_path: Path) -> Iterator[MainJob]:
    with main_job(copy_home(finished_home, tmp_path / "home")) as job:
        yield job


def asked_for(job: MainJob) -> Sequence[dg.RunRequest]:
    """The runs that the schedule asks for now."""
    now = datetime.now(UTC)
    context = dg.build_schedule_context(instance=job.instance, scheduled_execution_time=now)
    asked: list[object] = list(unfinished_schedule(images)(context))  # type: ignore[arg-type]
    return [one for one in asked if isinstance(one, dg.RunRequest)]


def chosen(request: dg.RunRequest) -> list[str]:
    """The images that a run is about."""
    step = request.run_config["ops"]["image__renditions_and_metadata"]
    only: list[str] = step["config"]["only"]
    return only


LONG_AGO = timedelta(days=2)
"""No failure waits for so long."""


def rewrite(job: MainJob, asset: str, outcome: str) -> None:
    """Append an image's row once more, as if this try had gone otherwise two days ago."""
    row = job.store.current(f"image/{asset}", [job.image_of(BAD)])
    changed = row.select(pl.exclude("_seq", "_row", "_run_id")).with_columns(
        outcome=pl.lit(outcome),
        reason=pl.lit("the disk was full"),
        is_unfinished=pl.lit(True),
        made_at=pl.lit(datetime.now(UTC) - LONG_AGO),
    )
    job.store.append(f"image/{asset}", changed, run_id="test", producer={})


def test_a_finished_home_asks_for_nothing(finished: MainJob) -> None:
    assert asked_for(finished) == []


def test_a_failed_derivative_is_made_and_what_waited_for_it(finished: MainJob) -> None:
    rewrite(finished, "thumbnails", "failed")
    rewrite(finished, "perceptual_hash", "skipped")
    finished.carry_out([])

    requests = asked_for(finished)

    assert [chosen(request) for request in requests] == [[finished.image_of(BAD)]]
    assert finished.carry_out(requests) == [dg.DagsterRunStatus.SUCCESS]
    assert finished.sql("select count(*) from images where outcome = 'ok'") == [(4,)]
    assert asked_for(finished) == []


def test_what_waits_for_an_input_that_is_there_by_now_is_made(finished: MainJob) -> None:
    """A repair that was killed between the two leaves this."""
    rewrite(finished, "perceptual_hash", "skipped")
    finished.carry_out([])
    assert finished.sql("select outcome, reason from images where file_name = ?", BAD) == [
        ("in_progress", "perceptual_hash: not made yet")
    ]

    assert finished.carry_out(asked_for(finished)) == [dg.DagsterRunStatus.SUCCESS]

    assert finished.sql("select count(*) from images where outcome = 'ok'") == [(4,)]


def test_what_fails_waits_and_what_fails_too_often_is_dead_until_a_person_asks(
    finished: MainJob,
) -> None:
    original = finished.original_of(finished.image_of(BAD))
    original.unlink()
    rewrite(finished, "source_record", "failed")
    rewrite(finished, "viewing_copy", "skipped")
    finished.carry_out([])

    assert finished.carry_out(asked_for(finished)) == [dg.DagsterRunStatus.FAILURE]
    assert asked_for(finished) == [], "the next try waits for its time"
    state = "select gap, attempts, failure_class from gaps where asset = 'source_record'"
    assert finished.sql(state) == [("failed", 2, "unknown")]

    for _ in range(finished.settings.most_attempts - 2):
        rewrite(finished, "source_record", "failed")
    finished.carry_out([])
    assert finished.sql(state) == [("dead", finished.settings.most_attempts, "unknown")]
    assert asked_for(finished) == []
    told = json.loads(CliRunner().invoke(app, ["failures", "--dead", "--json"]).output)
    assert [len(one["history"]) for one in told] == [finished.settings.most_attempts]

    again = CliRunner().invoke(app, ["retry", "--dead"])
    assert "1 image(s) in 1 run(s)" in again.output
    assert finished.sql(state) == [("failed", 1, "unknown")]
    assert "Nothing is dead" in CliRunner().invoke(app, ["failures", "--dead"]).output


def test_nothing_is_asked_while_images_are_being_processed(finished: MainJob) -> None:
    rewrite(finished, "thumbnails", "failed")
    finished.carry_out([])
    assert asked_for(finished)
    finished.instance.add_run(
        dg.DagsterRun(job_name="process_images", status=dg.DagsterRunStatus.STARTED)
    )

    assert asked_for(finished) == []


def test_a_paused_batch_waits_and_others_are_finished(finished: MainJob) -> None:
    """Its own sources are left to its runs, which go on when it is resumed."""
    rewrite(finished, "thumbnails", "failed")
    finished.carry_out([])
    image_id = finished.image_of(BAD)
    pause(finished.instance, finished.settings.media_home, "paused")

    other = finished.image_of("picture0.png")
    add_queued_run(finished.instance, {BATCH_TAG: "paused", PARTITION_TAG: other})
    assert [chosen(request) for request in asked_for(finished)] == [[image_id]]

    add_queued_run(finished.instance, {BATCH_TAG: "paused", PARTITION_TAG: image_id})
    assert asked_for(finished) == []


def missing(job: MainJob) -> list[list[str]]:
    """The images of the runs that a command in the foreground asks for now."""
    return [chosen(request) for request in requests_for_missing(job.settings, job.instance)]


def test_each_medium_has_its_schedule() -> None:
    assert [schedule.name for schedule in unfinished_schedules()] == ["unfinished_images"]


def test_a_command_takes_up_what_is_missing(finished: MainJob) -> None:
    assert missing(finished) == []
    rewrite(finished, "thumbnails", "skipped")
    finished.carry_out([])

    assert missing(finished) == [[finished.image_of(BAD)]]


def test_a_command_leaves_what_has_failed_to_the_service(finished: MainJob) -> None:
    rewrite(finished, "thumbnails", "failed")
    finished.carry_out([])

    assert missing(finished) == []
    assert asked_for(finished) != []


def test_a_command_leaves_a_derivative_that_is_newer_than_the_image(finished: MainJob) -> None:
    """Who adds one picture does not wait until all old ones have a new derivative."""
    recipe = finished.store.current("ingest/recipe", ["thumbnails"])
    later = recipe.select(pl.exclude("_seq", "_row", "_run_id")).with_columns(
        pl.col("declared_at") + timedelta(hours=2)
    )
    finished.store.append("ingest/recipe", later, run_id="test", producer={})
    rewrite(finished, "thumbnails", "skipped")
    finished.carry_out([])

    assert missing(finished) == []
    assert asked_for(finished) != []


def make_new(job: MainJob, asset: str) -> None:
    """As if the derivative had just been put into the tree: no image has it."""
    recipe = job.store.current("ingest/recipe", [asset])
    later = recipe.select(pl.exclude("_seq", "_row", "_run_id")).with_columns(
        pl.col("declared_at") + timedelta(hours=2)
    )
    job.store.append("ingest/recipe", later, run_id="test", producer={})
    shutil.rmtree(job.store.root / "image" / asset)
    job.store.declare(table_of(images.recipes[asset]))
    job.settings.media_home.warehouse.unlink()
    job.carry_out([])


def test_a_derivative_new_to_more_images_than_set_waits_for_a_yes_and_shows_its_cost(
    finished: MainJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEDIA_ASK_ABOVE_SOURCES", "3")
    make_new(finished, "dominant_colors")
    assert asked_for(finished) == []
    rewrite(finished, "perceptual_hash", "failed")

    (request,) = asked_for(finished)

    assert chosen(request) == [finished.image_of(BAD)], "a failure is repaired without asking"
    (line,) = waiting(Settings(), images)
    assert "dominant_colors waits (4 images" in line
    assert "media models update --asset dominant_colors" in line
    yes = CliRunner().invoke(app, ["models", "update", "--asset", "dominant_colors"])
    assert yes.exit_code == 0, yes.output
    assert waiting(Settings(), images) == []
    assert finished.sql("select count(*) from image.dominant_colors where outcome = 'ok'") == [(4,)]


def test_a_derivative_new_to_a_few_images_is_made_without_asking(finished: MainJob) -> None:
    make_new(finished, "dominant_colors")

    (request,) = asked_for(finished)

    assert len(chosen(request)) == 4
    assert waiting(Settings(), images) == []


def test_a_partition_that_was_deleted_in_the_ui_comes_back_with_what_it_has(
    finished: MainJob,
) -> None:
    lost = finished.image_of(BAD)
    before = finished.row_count()
    finished.instance.delete_dynamic_partition("source_images", lost)
    partitions = finished.keys()
    assert lost not in partitions
    doctor = CliRunner().invoke(app, ["doctor"])
    assert f"1 image(s) have none in Dagster, such as {lost}" in doctor.output

    requests = asked_for(finished)

    assert finished.carry_out(requests) == [dg.DagsterRunStatus.SUCCESS]
    assert finished.statuses("thumbnails")[lost] == "MATERIALIZED"
    assert finished.row_count() == before, "nothing is made again"
    assert asked_for(finished) == []


def test_reprocess_works_on_an_image_whose_partition_was_deleted(finished: MainJob) -> None:
    lost = finished.image_of(BAD)
    finished.instance.delete_dynamic_partition("source_images", lost)

    done = CliRunner().invoke(app, ["reprocess", lost, "--asset", "dominant_colors"])

    assert "1 image(s) in 1 run(s)" in done.output
    assert finished.statuses("dominant_colors")[lost] == "MATERIALIZED"


def test_rows_that_are_not_published_yet_count(finished: MainJob) -> None:
    """A publication that is put off does not hide what a killed process left."""
    rewrite(finished, "thumbnails", "skipped")

    assert missing(finished) == [[finished.image_of(BAD)]]
    assert [chosen(request) for request in asked_for(finished)] == missing(finished)

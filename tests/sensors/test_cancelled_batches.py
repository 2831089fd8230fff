"""A batch whose run a person cancels says so in SQL."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import polars as pl
import pytest
from typer.testing import CliRunner

import definitions
from command_line.main import app
from media_assets.images.medium import images
from resources.orchestration.run_coordinator import mark_run
from schedules.unfinished_sources import unfinished_schedule
from sensors.cancelled_batches import cancelled_batches
from tests.support.dagster_samples import range_tags
from tests.support.main_job import MainJob, copy_home, main_job

BATCHES = "select status, closing_line from batches where batch = 'small'"


@pytest.fixture
def finished(finished_home: Path, tmp_path: Path) -> Iterator[MainJob]:
    with main_job(copy_home(finished_home, tmp_path / "home")) as job:
        yield job


def cancel_run(job: MainJob, tags: Mapping[str, str]) -> None:
    """Cancel a run as the UI does, and let the sensor see it as the daemon does."""
    started = dg.DagsterRun(
        job_name="process_images", status=dg.DagsterRunStatus.STARTED, tags=dict(tags)
    )
    job.instance.add_run(started)
    event = job.instance.report_run_canceled(started)
    cancelled = job.instance.get_run_by_id(started.run_id)
    assert cancelled is not None
    assert cancelled.status is dg.DagsterRunStatus.CANCELED
    with dg.build_run_status_sensor_context(
        sensor_name=cancelled_batches.name,
        dagster_event=event,
        dagster_instance=job.instance,
        dagster_run=cancelled,
        resources={"media": definitions.defs.resources["media"]},
    ) as context:
        cancelled_batches(context)
    job.carry_out([])


def unmake(job: MainJob) -> None:
    """As if the run had ended before it made the colors."""
    rows = job.store.current("image/dominant_colors", job.keys())
    open_rows = rows.select(pl.exclude("_seq", "_row", "_run_id")).with_columns(
        outcome=pl.lit("skipped"), reason=pl.lit("not yet"), is_unfinished=pl.lit(True)
    )
    job.store.append("image/dominant_colors", open_rows, run_id="test", producer={})
    job.carry_out([])


def asked_for(job: MainJob) -> list[dg.RunRequest]:
    now = datetime.now(UTC)
    context = dg.build_schedule_context(instance=job.instance, scheduled_execution_time=now)
    asked: list[object] = list(unfinished_schedule(images)(context))  # type: ignore[arg-type]
    return [one for one in asked if isinstance(one, dg.RunRequest)]


def of_all(job: MainJob) -> dict[str, str]:
    first, *_, last = job.keys()
    return {**range_tags([first, last]), "media/batch": "small", "media/root": "landing"}


def test_what_a_person_cancelled_waits_until_a_person_wants_it_again(finished: MainJob) -> None:
    """The schedule that takes up what crashes left open must not take up this."""
    unmake(finished)
    assert asked_for(finished) != []

    cancel_run(finished, of_all(finished))

    assert [status for status, _ in finished.sql(BATCHES)] == ["cancelled"]
    assert asked_for(finished) == []
    shown = CliRunner().invoke(app, ["status"])
    assert "4 image(s) wait since their run was cancelled" in shown.output

    lifted = CliRunner().invoke(app, ["retry"])

    assert lifted.exit_code == 0, lifted.output
    assert finished.sql(BATCHES) == [("complete", "All 4 images are ready: 4 ok.")]


def test_a_cancelled_run_holds_only_what_it_was_about(finished: MainJob) -> None:
    unmake(finished)
    first, *others = finished.keys()

    cancel_run(finished, {**range_tags([first, first]), "media/batch": "small"})

    (request,) = asked_for(finished)
    only = request.run_config["ops"]["image__renditions_and_metadata"]["config"]["only"]
    assert only == others


def test_a_cancelled_run_over_what_is_made_changes_no_status(finished: MainJob) -> None:
    run = finished.instance.create_run_for_job(
        definitions.defs.resolve_job_def("process_images"),
        tags=range_tags([finished.keys()[0], finished.keys()[-1]]),
    )
    mark_run(finished.instance, run)
    finished.instance.report_run_canceled(run)

    assert set(finished.statuses("thumbnails").values()) == {"MATERIALIZED"}
    cancel_run(finished, of_all(finished))
    assert finished.sql(BATCHES) == [("complete", "All 4 images are ready: 4 ok.")]


def test_a_run_that_worked_on_no_batch_cancels_none(finished: MainJob) -> None:
    cancel_run(finished, {})

    assert finished.sql(BATCHES) == [("complete", "All 4 images are ready: 4 ok.")]

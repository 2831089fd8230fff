"""A batch whose run a person cancels says so in SQL."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import dagster as dg
import pytest

import definitions
from sensors.cancelled_batches import cancelled_batches
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


def test_the_batch_of_a_cancelled_run_is_cancelled(finished: MainJob) -> None:
    assert finished.sql(BATCHES) == [("complete", "All 4 images are ready: 4 ok.")]

    cancel_run(finished, {"media/batch": "small", "media/root": "landing"})

    assert finished.sql(BATCHES) == [("cancelled", "Cancelled: 4 ok.")]


def test_a_run_that_worked_on_no_batch_cancels_none(finished: MainJob) -> None:
    cancel_run(finished, {})

    assert finished.sql(BATCHES) == [("complete", "All 4 images are ready: 4 ok.")]

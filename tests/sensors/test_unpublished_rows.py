"""A publication is asked for when rows are newer than the file, and not more often."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from resources.orchestration.run_tags import RECOGNITION, RENDITIONS, STAGE_TAG
from resources.warehouse.database_file import writing
from sensors.unpublished_rows import unpublished_rows
from tests.support.main_job import MainJob, copy_home, main_job


@pytest.fixture
def finished(finished_home: Path, tmp_path: Path) -> Iterator[MainJob]:
    with main_job(copy_home(finished_home, tmp_path / "home")) as job:
        yield job


def answer(job: MainJob) -> dg.RunRequest | str | None:
    """The request, or why there is none."""
    found = unpublished_rows(dg.build_sensor_context(instance=job.instance))
    return found.skip_message if isinstance(found, dg.SkipReason) else found  # type: ignore[return-value]


def add_row(job: MainJob) -> None:
    rows = job.store.scan("ingest/batch_event").drop("_seq", "_row", "_run_id").collect()
    job.store.append("ingest/batch_event", rows, run_id="test", producer={})


def add_run(job: MainJob, job_name: str, stage: str = RENDITIONS) -> None:
    run = dg.DagsterRun(
        job_name=job_name, status=dg.DagsterRunStatus.STARTED, tags={STAGE_TAG: stage}
    )
    job.instance.add_run(run)


def test_a_publication_is_asked_for_until_it_is_done(finished: MainJob) -> None:
    assert answer(finished) == "media.duckdb is up to date"

    add_row(finished)
    assert isinstance(answer(finished), dg.RunRequest)
    assert isinstance(answer(finished), dg.RunRequest)

    finished.carry_out([dg.RunRequest(job_name="publish_tables")])
    assert answer(finished) == "media.duckdb is up to date"


def test_a_lost_file_is_published_again(finished: MainJob) -> None:
    finished.settings.media_home.warehouse.unlink()

    assert isinstance(answer(finished), dg.RunRequest)


def test_a_publication_by_other_models_is_made_again(finished: MainJob) -> None:
    """A new version of the program brings its tables up to date before the next picture comes."""
    with writing(finished.settings.media_home.warehouse) as connection:
        connection.execute("update publication.models set version = 'of last year'")
    assert isinstance(answer(finished), dg.RunRequest)

    finished.carry_out([dg.RunRequest(job_name="publish_tables")])
    assert answer(finished) == "media.duckdb is up to date"


def test_one_publication_at_a_time(finished: MainJob) -> None:
    add_row(finished)
    add_run(finished, "publish_tables")

    assert answer(finished) == "a publication is under way"


def test_while_images_are_processed_publications_are_a_minute_apart(finished: MainJob) -> None:
    add_row(finished)
    add_run(finished, "process_images")

    assert answer(finished) == "sources are being processed: published once a minute meanwhile"


def test_renditions_are_published_before_a_long_recognition_and_after_a_short_one(
    finished: MainJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Four pictures cost eight runs: two publications too many, with the refreshes they bring."""
    add_row(finished)
    add_run(finished, "process_images", RECOGNITION)
    an_hour_ago = time.time() - 3600
    os.utime(finished.settings.media_home.warehouse, (an_hour_ago, an_hour_ago))

    assert answer(finished) == "sources are being processed: published once a minute meanwhile"

    monkeypatch.setattr("sensors.unpublished_rows.SECONDS_OF_A_SHORT_RECOGNITION", 0.0)
    assert isinstance(answer(finished), dg.RunRequest)

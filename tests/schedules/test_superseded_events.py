"""The daily upkeep of Dagster's log as a real run."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import dagster as dg
import pytest

import schedules.superseded_events
from tests.support.main_job import MainJob, copy_home, main_job

UPKEEP = dg.RunRequest(job_name="prune_event_log")
KEY = dg.AssetKey(["image", "thumbnails"])


@pytest.fixture
def finished(finished_home: Path, tmp_path: Path) -> Iterator[MainJob]:
    with main_job(copy_home(finished_home, tmp_path / "home")) as job:
        yield job


def planned(job: MainJob) -> int:
    runs = job.runs()
    of_type = dg.DagsterEventType.ASSET_MATERIALIZATION_PLANNED
    return sum(len(job.instance.all_logs(run.run_id, of_type=of_type)) for run in runs)


def test_the_log_of_a_recent_run_stays_whole(finished: MainJob) -> None:
    before = planned(finished)
    assert before > 0

    assert finished.carry_out([UPKEEP]) == [dg.DagsterRunStatus.SUCCESS]

    assert planned(finished) == before


def test_what_was_made_is_no_longer_announced_and_stays_made(
    finished: MainJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedules.superseded_events, "KEPT", timedelta(0))
    before, results = planned(finished), finished.results()
    made = finished.instance.get_materialized_partitions(KEY)

    assert finished.carry_out([UPKEEP]) == [dg.DagsterRunStatus.SUCCESS]

    assert planned(finished) < before
    assert finished.instance.get_materialized_partitions(KEY) == made
    assert finished.results() == results

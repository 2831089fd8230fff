"""The hourly upkeep as a real run."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from resources.rows.compaction import GRACE, MIN_COMMITS
from tests.support.main_job import MainJob, copy_home, main_job

UPKEEP = dg.RunRequest(job_name="compact_rows")


@pytest.fixture
def finished(finished_home: Path, tmp_path: Path) -> Iterator[MainJob]:
    with main_job(copy_home(finished_home, tmp_path / "home")) as job:
        yield job


def test_many_small_files_become_one_and_every_row_stays(finished: MainJob) -> None:
    store, table = finished.store, "ingest/batch_event"
    rows = store.scan(table).drop("_seq", "_row", "_run_id").collect()
    for _ in range(MIN_COMMITS):
        store.append(table, rows, run_id="test", producer={})
    count, results = store.scan(table).collect().height, finished.results()

    assert finished.carry_out([UPKEEP]) == [dg.DagsterRunStatus.SUCCESS]

    assert len(list(store.base(table).glob("*.parquet"))) == 1
    assert store.scan(table).unique(["_seq", "_row"]).collect().height == count
    assert finished.results() == results
    assert finished.sql("select count(*) from ingest.batch_event") == [(count,)]


def test_half_written_renditions_are_swept_when_nobody_can_be_writing_them(
    finished: MainJob,
) -> None:
    derivatives = finished.settings.media_home.derivatives
    old, fresh = derivatives / ".0123.partial", derivatives / ".4567.partial"
    for path in (old, fresh):
        path.write_bytes(b"half a JPEG")
    before = time.time() - GRACE.total_seconds() - 60
    os.utime(old, (before, before))

    assert finished.carry_out([UPKEEP]) == [dg.DagsterRunStatus.SUCCESS]

    assert (old.exists(), fresh.exists()) == (False, True)

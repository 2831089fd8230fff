"""The daily check that what failed is waiting, dead or under way: tested on rows that are not."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import polars as pl
import pytest

from resources.orchestration.run_tags import PARTITION_TAG
from resources.sources.held_sources import hold
from schedules.forgotten_failures import nothing_failed_is_forgotten
from tests.support.main_job import MainJob, copy_home, main_job
from tests.support.queued_runs import add_queued_run

BAD = "picture1.png"
ASSET = "thumbnails"

pytestmark = pytest.mark.slow


@pytest.fixture
def finished(finished_home: Path, tmp_path: Path) -> Iterator[MainJob]:
    with main_job(copy_home(finished_home, tmp_path / "home")) as job:
        yield job


def check(job: MainJob) -> dg.AssetCheckResult:
    context = dg.build_asset_check_context(instance=job.instance)
    result = nothing_failed_is_forgotten(context)
    assert isinstance(result, dg.AssetCheckResult)
    return result


def fail(job: MainJob, ago: timedelta) -> str:
    """The image that failed so long ago."""
    image_id = job.image_of(BAD)
    row = job.store.current(f"image/{ASSET}", [image_id])
    failed = row.select(pl.exclude("_seq", "_row", "_run_id")).with_columns(
        outcome=pl.lit("failed"), reason=pl.lit("a fault"), made_at=pl.lit(datetime.now(UTC) - ago)
    )
    job.store.append(f"image/{ASSET}", failed, run_id="test", producer={})
    return image_id


def test_what_waits_for_its_next_try_is_not_forgotten(finished: MainJob) -> None:
    fail(finished, timedelta(hours=20))

    result = check(finished)

    assert result.passed
    assert result.metadata["waiting"].value == 1


def test_what_nothing_has_tried_again_for_a_day_is_named_until_a_run_is_about_it(
    finished: MainJob,
) -> None:
    image_id = fail(finished, timedelta(days=2))

    result = check(finished)

    assert not result.passed
    assert result.metadata["examples"].value == [f"{ASSET} of {image_id}"]
    add_queued_run(finished.instance, {PARTITION_TAG: image_id})
    assert check(finished).passed


def test_what_is_dead_or_cancelled_waits_for_a_person(finished: MainJob) -> None:
    image_id = fail(finished, timedelta(days=3))
    hold(finished.store, [image_id], [ASSET], run_id="cancelled")
    assert check(finished).passed

    for _ in range(finished.settings.most_attempts):
        fail(finished, timedelta(seconds=0))
    result = check(finished)
    assert result.passed
    assert result.metadata["dead"].value == 1

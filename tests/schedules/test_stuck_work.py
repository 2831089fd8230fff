"""Stuck is what makes no progress: runs that are quiet, batches on which nothing works."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import polars as pl
import pytest
from filelock import FileLock
from typer.testing import CliRunner

from command_line.main import app
from command_line.service.service_lock import service_lock
from media_assets.curation.work_control import pause_all, pause_batch
from media_assets.execution.stuck_work import Look, stuck_batches
from media_assets.images.medium import images
from resources.configuration.settings import Settings
from resources.notifications.outbox import opened
from resources.orchestration.run_locks import hold_run_lock, release_run_lock
from resources.orchestration.run_tags import BATCH_TAG
from resources.orchestration.stuck_rows import Stuck, note_stuck, stuck_now
from resources.orchestration.working_runs import WorkingRun, working_runs
from resources.rows.row_store import RowStore
from schedules.stuck_work import stuck_at, stuck_work
from schedules.tables_now import current_tables
from tests.support.main_job import MainJob, copy_home, main_job
from tests.support.notified_home import SECRET
from tests.support.queued_runs import JOB, add_queued_run

SINCE = datetime(2026, 3, 1, 12, tzinfo=UTC)

pytestmark = pytest.mark.slow


def look(settings: Settings, instance: dg.DagsterInstance, *, minutes_on: float) -> Look:
    """A look so many minutes from now."""
    later = datetime.now(UTC) + timedelta(minutes=minutes_on)
    return Look(settings, instance, [images], later)


def working(instance: dg.DagsterInstance, batch: str = "other") -> dg.DagsterRun:
    """A run that has just said something."""
    status = dg.DagsterRunStatus.STARTED
    run = instance.add_run(dg.DagsterRun(job_name=JOB, status=status, tags={BATCH_TAG: batch}))
    instance.report_engine_event("150 of 500 images are made", run)
    return run


def test_a_run_that_says_nothing_for_too_long_is_stuck_though_its_process_lives(
    settings: Settings, instance: dg.DagsterInstance
) -> None:
    run = working(instance, "holiday")
    hold_run_lock(settings.media_home, run.run_id)
    try:
        assert stuck_at(look(settings, instance, minutes_on=29)) == []
        (found,) = stuck_at(look(settings, instance, minutes_on=31))
    finally:
        release_run_lock(run.run_id)

    assert (found.kind, found.name, found.batch) == ("run", run.run_id, "holiday")
    assert "lives, but makes and says nothing" in found.why


def test_what_is_stuck_is_noted_once_and_is_over_when_it_moves(tmp_path: Path) -> None:
    rows = RowStore(tmp_path)
    one = Stuck("run", "a", None, "quiet", SINCE)
    other = Stuck("batch", "b", "b", "nothing works", SINCE)
    assert note_stuck(rows, [one]) == [one]
    assert note_stuck(rows, [one, other]) == [other]
    assert stuck_now(rows) == [other, one], "sorted"

    assert note_stuck(rows, [other]) == []
    assert stuck_now(rows) == [other]
    assert note_stuck(rows, [one, other]) == [one], "again is news"


@pytest.fixture
def unfinished(finished_home: Path, tmp_path: Path) -> Iterator[MainJob]:
    """A batch of four pictures, one of which lacks a derivative that could be made."""
    with main_job(copy_home(finished_home, tmp_path / "home")) as job:
        row = job.store.current("image/perceptual_hash", [job.image_of("picture1.png")])
        skipped = row.select(pl.exclude("_seq", "_row", "_run_id")).with_columns(
            outcome=pl.lit("skipped"), is_unfinished=pl.lit(True)
        )
        job.store.append("image/perceptual_hash", skipped, run_id="test", producer={})
        job.carry_out([])
        yield job


def stuck(job: MainJob, *, minutes_on: float = 60) -> list[tuple[str, str]]:
    found = stuck_at(look(job.settings, job.instance, minutes_on=minutes_on))
    return [(one.name, one.why) for one in found if one.kind == "batch"]


def test_a_batch_on_which_nothing_works_is_stuck_unless_others_move(unfinished: MainJob) -> None:
    assert stuck(unfinished, minutes_on=1) == []
    ((name, why),) = stuck(unfinished)
    assert (name, why.partition(";")[0]) == ("small", "no run works on it and none waits")

    add_queued_run(unfinished.instance, {BATCH_TAG: "small"})
    assert stuck(unfinished) == [("small", "1 run(s) of it wait in the queue, and none begins")]
    at = look(unfinished.settings, unfinished.instance, minutes_on=60)
    run = replace(quiet_run(unfinished), last_sign=at.now)
    with current_tables(unfinished.settings) as connection:
        assert list(stuck_batches(at, [run], connection)) == [], "it waits for its turn"
        assert len(list(stuck_batches(at, [quiet_run(unfinished)], connection))) == 1


def quiet_run(job: MainJob) -> WorkingRun:
    """A run of another batch that has been quiet for as long as this one."""
    run = working(job.instance)
    (found,) = (
        one
        for one in working_runs(job.instance, job.settings.media_home, with_queued=False)
        if one.run_id == run.run_id
    )
    return found


def test_a_paused_batch_is_not_stuck(unfinished: MainJob) -> None:
    job = unfinished
    pause_all(job.instance, job.settings.media_home, "anna", is_paused=True)
    assert stuck(job) == []
    pause_all(job.instance, job.settings.media_home, "anna", is_paused=False)
    assert len(stuck(job)) == 1

    pause_batch(job.instance, job.settings.media_home, "small", "anna")
    assert stuck(job) == []


def test_a_batch_that_waits_for_memory_says_so(
    unfinished: MainJob,
) -> None:
    short = unfinished.settings.model_copy(update={"least_free_memory_bytes": 2**60})

    (found,) = stuck_at(look(short, unfinished.instance, minutes_on=60))

    assert "memory is short" in found.why


def test_the_schedule_notes_what_it_finds_and_asks_for_nothing(
    unfinished: MainJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEDIA_STUCK_MINUTES", "0.0001")
    monkeypatch.setenv("MEDIA_NOTIFY__WEBHOOK_URL", "http://127.0.0.1:9/hook")
    monkeypatch.setenv("MEDIA_NOTIFY__WEBHOOK_SECRET", SECRET)
    context = dg.build_schedule_context(instance=unfinished.instance)

    said = stuck_work(context)
    stuck_work(context)

    assert isinstance(said, dg.SkipReason)
    assert "batch small makes no progress since" in str(said.skip_message)
    with opened(unfinished.settings.media_home) as outbox:
        assert list(outbox.execute("select event from message")) == [("stuck",)], "told once"
    ask = CliRunner()
    with FileLock(service_lock(unfinished.settings.media_home)):
        (row,) = json.loads(ask.invoke(app, ["status", "--json"]).output)["stuck"]
        found = json.loads(ask.invoke(app, ["doctor", "--json"]).output)
    assert (row["kind"], row["name"]) == ("batch", "small")
    assert [one["what"] for one in found if "makes no progress" in one["found"]] == ["stuck"]
    stopped = json.loads(ask.invoke(app, ["status", "--json"]).output)
    assert stopped["stuck"] == [], "without a service nothing is expected to move"

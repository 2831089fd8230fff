"""People are told of complete batches and of failures, once, from what is published."""

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import polars as pl
import pytest
from typer.testing import CliRunner

from command_line.main import app
from command_line.service.sensor_ticks import evaluate
from media_assets.exports import announcements
from media_assets.exports.announcements import announce_news
from resources.notifications.outbox import begun_at, opened, undelivered
from sensors.notifications import notifications
from tests.support.main_job import MainJob, copy_home, main_job
from tests.support.notified_home import SECRET
from tests.support.scripted_server import Said, ScriptedServer, scripted_server

LONG_AGO_S = 1e9


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedServer]:
    """The configured webhook."""
    with scripted_server(lambda _: Said(b"")) as server:
        monkeypatch.setenv("MEDIA_NOTIFY__WEBHOOK_URL", server.url)
        monkeypatch.setenv("MEDIA_NOTIFY__WEBHOOK_SECRET", SECRET)
        yield server


@pytest.fixture
def finished(
    receiver: ScriptedServer, finished_home: Path, tmp_path: Path
) -> Iterator[tuple[MainJob, ScriptedServer]]:
    """A finished batch, in a home whose first target was set long before it."""
    with main_job(copy_home(finished_home, tmp_path / "home")) as job:
        begun_at(job.settings.media_home)
        with opened(job.settings.media_home) as outbox:
            outbox.execute("update begun set at_s = ?", [LONG_AGO_S])
        yield job, receiver


def told(receiver: ScriptedServer) -> list[tuple[object, dict[str, object]]]:
    return [(one.json["type"], dict(one.json["data"])) for one in receiver.asked]  # type: ignore[call-overload]


def tick(job: MainJob, cursor: str | None = None) -> str | None:
    return evaluate(notifications, job.instance, cursor).cursor


def test_a_complete_batch_is_told_once_with_its_closing_line_and_its_export(
    finished: tuple[MainJob, ScriptedServer],
) -> None:
    job, receiver = finished
    tick(job)
    tick(job)

    ((kind, data),) = told(receiver)
    assert (kind, data["closing_line"]) == ("batch_complete", "All 4 images are ready: 4 ok.")
    (export,) = data["exports"]  # type: ignore[misc]
    assert Path(str(export)).is_relative_to(job.settings.home)
    assert len(Path(str(export)).read_text().splitlines()) == 4


def test_a_batch_is_told_of_when_its_export_is_written_or_does_not_come(
    finished: tuple[MainJob, ScriptedServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    job, receiver = finished
    shutil.rmtree(job.settings.media_home.exports)
    monkeypatch.setattr(announcements, "EXPORT_SECONDS", 2**40)
    tick(job)
    assert told(receiver) == []

    monkeypatch.setattr(announcements, "EXPORT_SECONDS", 0)
    tick(job)
    assert [data["exports"] for _, data in told(receiver)] == [[]]


def test_what_was_over_before_the_first_target_was_set_is_not_told(
    finished: tuple[MainJob, ScriptedServer],
) -> None:
    job, receiver = finished
    (job.settings.home / "notifications.sqlite").unlink()
    tick(job)

    assert told(receiver) == []


def test_new_failures_are_counted_in_one_message(
    finished: tuple[MainJob, ScriptedServer],
) -> None:
    job, receiver = finished
    fail(job)
    tick(job)

    data = dict(told(receiver))["failures"]
    assert (data["results"], data["sources"], data["derivatives"]) == (4, 4, ["dominant_colors"])

    change_message(job, 'facts = replace(facts, \'"until": "2\', \'"until": "1\')')
    first = len(receiver.asked)
    tick(job)
    assert len(receiver.asked) == first, "what fails within a quarter of an hour waits for its end"

    change_message(job, "at_s = at_s - 1000")
    tick(job)
    assert len(receiver.asked) == first + 1


def change_message(job: MainJob, change: str) -> None:
    """Make the message about failures another one than it was."""
    with opened(job.settings.media_home) as outbox:
        outbox.execute("pragma foreign_keys = off")
        found = "(select id from message where event = 'failures')"
        outbox.execute(f"update delivery set message_id = 'other' where message_id = {found}")
        outbox.execute(f"update message set id = 'other', {change} where event = 'failures'")


def fail(job: MainJob) -> None:
    """As if a derivative had failed for all images just now."""
    rows = job.store.current("image/dominant_colors", job.keys())
    failed = rows.select(pl.exclude("_seq", "_row", "_run_id")).with_columns(
        outcome=pl.lit("failed"), reason=pl.lit("a test")
    )
    if "made_at" in failed.columns:
        now = pl.lit(time.time_ns() // 1000).cast(failed.schema["made_at"])
        failed = failed.with_columns(made_at=now)
    job.store.append("image/dominant_colors", failed, run_id="test", producer={})
    job.carry_out([])


def test_without_a_target_nothing_happens(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, instance: dg.DagsterInstance
) -> None:
    monkeypatch.setenv("MEDIA_HOME", str(tmp_path))
    evaluate(notifications, instance, None)

    assert not (tmp_path / "notifications.sqlite").exists()


def test_the_test_command_tries_every_target(
    receiver: ScriptedServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MEDIA_HOME", str(tmp_path))
    monkeypatch.setenv("MEDIA_NOTIFY__URLS", "nosuchservice://canary-token")

    result = CliRunner().invoke(app, ["notify", "test"])

    assert result.exit_code == 1
    assert "webhook: sent" in result.output
    assert "1 nosuchservice: not sent: " in result.output
    assert "canary-token" not in result.output
    assert [kind for kind, _ in told(receiver)] == ["test"]


def test_status_and_retry_tell_of_what_was_given_up(
    finished: tuple[MainJob, ScriptedServer],
) -> None:
    job, _ = finished
    announce_news(job.settings)
    with opened(job.settings.media_home) as outbox:
        outbox.execute("update delivery set state = 'given_up', reason = 'webhook: it was away'")

    shown = CliRunner().invoke(app, ["status"]).output
    again = CliRunner().invoke(app, ["notify", "retry"]).output

    assert "1 given up" in shown
    assert "it was away" in shown
    assert "1 given up before; now 1 wait" in again
    assert undelivered(job.settings.media_home).given_up == 0

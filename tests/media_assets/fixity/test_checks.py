"""The hourly checks as a run: what is not intact fails a check of Dagster's, and is told once."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from media_assets.fixity.checks import CHECKS, INTACT
from resources.notifications.outbox import opened, undelivered
from tests.support.main_job import MainJob, copy_home, main_job
from tests.support.notified_home import SECRET

CHECK = dg.RunRequest(job_name="check_fixity")


@pytest.fixture
def job(finished_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MainJob]:
    """A finished batch; all files are due at once, and a webhook is to be told."""
    monkeypatch.setenv("MEDIA_FIXITY__DAYS", "0.01")
    monkeypatch.setenv("MEDIA_NOTIFY__WEBHOOK_URL", "http://127.0.0.1:9/hook")
    monkeypatch.setenv("MEDIA_NOTIFY__WEBHOOK_SECRET", SECRET)
    with main_job(copy_home(finished_home, tmp_path / "home")) as made:
        yield made


def passed(job: MainJob) -> bool:
    """How the newest check went."""
    key = dg.AssetCheckKey(CHECKS, INTACT.name)
    storage = job.instance.event_log_storage
    (found,) = storage.get_asset_check_execution_history(key, limit=1)
    assert found.event
    return found.event.get_dagster_event().asset_check_evaluation_data.passed


def told(job: MainJob) -> list[tuple[str, str]]:
    """Event and text of all messages."""
    with opened(job.settings.media_home) as outbox:
        return list(outbox.execute("select event, body from message"))


def test_a_damaged_original_fails_the_check_and_is_told_once(job: MainJob) -> None:
    assert job.carry_out([CHECK]) == [dg.DagsterRunStatus.SUCCESS]
    assert passed(job)
    assert not undelivered(job.settings.media_home).waiting
    original = job.original_of(job.keys()[0])
    original.chmod(0o600)
    original.write_bytes(b"other bytes")

    job.carry_out([CHECK])
    job.carry_out([CHECK])

    assert not passed(job)
    ((event, text),) = told(job)
    assert event == "fixity_alarm"
    assert "(damaged)" in text
    assert original.read_bytes() == b"other bytes"

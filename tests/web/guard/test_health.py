"""``/health`` says what is, to anybody, and no more than that."""

import json
import shutil
import time
from pathlib import Path

import anyio
import pytest
from dagster._daemon.types import DaemonHeartbeat
from web.guard.health import SILENT_SECONDS, is_working, results

from tests.support.guarded_ui import GuardedUi
from web.guard import health


def beat(ui: GuardedUi, *, seconds_ago: float) -> None:
    """As if each part of the daemon had said so long ago that it lives."""
    for kind in ui.instance.get_required_daemon_types():
        ui.instance.add_daemon_heartbeat(
            DaemonHeartbeat(time.time() - seconds_ago, kind, "daemon", None)
        )


@pytest.fixture(autouse=True)
def every_look_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "GOOD_FOR_SECONDS", -1.0)


def test_a_service_that_works_says_so_without_a_login(ui: GuardedUi) -> None:
    ui.settings.media_home.create()
    beat(ui, seconds_ago=1)

    answer = ui.request("GET", "/health", {"Host": "192.0.2.7"})

    assert answer.status == 200
    assert answer.headers["Content-Type"] == "application/json"
    checks = dict.fromkeys(["storage", "daemon", "code_server", "disk"], True)
    assert json.loads(answer.body) == {"status": "ok", "checks": checks}


def test_a_daemon_that_is_silent_fails_it(ui: GuardedUi) -> None:
    ui.settings.media_home.create()
    beat(ui, seconds_ago=SILENT_SECONDS + 60)

    answer = ui.request("GET", "/health")

    assert answer.status == 503
    found = json.loads(answer.body)
    assert found["status"] == "failing"
    assert [name for name, is_well in found["checks"].items() if not is_well] == ["daemon"]


def test_rows_that_cannot_be_read_fail_it_and_no_path_is_told(open_ui: GuardedUi) -> None:
    beat(open_ui, seconds_ago=1)
    rows = open_ui.settings.media_home.rows
    if rows.exists():
        rows.rename(rows.with_name("away"))

    answer = open_ui.request("GET", "/health")

    assert answer.status == 503
    assert json.loads(answer.body)["checks"]["storage"] is False
    assert str(open_ui.settings.home).encode() not in answer.body


def test_a_full_disk_fails_it(ui: GuardedUi, monkeypatch: pytest.MonkeyPatch) -> None:
    ui.settings.media_home.create()
    beat(ui, seconds_ago=1)
    usage = shutil.disk_usage(ui.settings.home)
    full = usage._replace(used=usage.total, free=0)
    monkeypatch.setattr("shutil.disk_usage", lambda _: full)

    answer = ui.request("GET", "/health")

    assert (answer.status, json.loads(answer.body)["checks"]["disk"]) == (503, False)


def test_a_part_that_does_not_answer_does_not_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "CHECK_SECONDS", 1.0)

    async def ask() -> dict[str, bool]:
        return dict(await results({"slow": lambda: time.sleep(4) is None, "quick": lambda: True}))

    assert anyio.run(ask) == {"slow": False, "quick": True}


def test_a_part_that_raises_does_not_work(tmp_path: Path) -> None:
    async def ask() -> bool:
        return await is_working("rows", lambda: bool(list((tmp_path / "gone").iterdir())))

    assert anyio.run(ask) is False


def test_only_reading_is_answered(ui: GuardedUi) -> None:
    assert ui.request("POST", "/health", {"Content-Type": "application/json"}, "{}").status == 401
    assert ui.request("GET", "/healthy").status == 401

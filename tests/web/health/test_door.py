"""``/health`` says what is: yes or no to anybody, the rest to those who may see the pages."""

import json
import shutil
from typing import Any

import pytest

from tests.support.guarded_ui import GuardedUi
from tests.web.health.conftest import VIEWER, beat
from web.health.orchestration import SILENT_SECONDS

NAMES = [
    *("home", "originals", "derivatives", "rows", "tables", "storage", "daemon", "queue"),
    *("progress", "memory", "disk", "models", "last_error", "notifications", "code_server"),
]


def asked(ui: GuardedUi, path: str = "/health", **headers: str) -> tuple[int, dict[str, Any]]:
    answer = ui.request("GET", path, headers)
    assert answer.headers["Content-Type"] == "application/json"
    return answer.status, json.loads(answer.body)


def failing(ui: GuardedUi) -> list[str]:
    """What does not work, when that is said by the status, too."""
    status, found = asked(ui)
    assert (status, found["status"]) == (503, "failing")
    return [name for name, ok in found["checks"].items() if ok is False]


def test_a_service_that_works_says_so_to_strangers_under_any_name(ui: GuardedUi) -> None:
    beat(ui, seconds_ago=1)

    status, found = asked(ui, Host="192.0.2.7")

    assert status == 200
    assert found.keys() == {"status", "checks"}
    assert list(found["checks"]) == NAMES
    assert set(found["checks"].values()) == {True, None}


def test_who_may_see_the_pages_learns_all_and_no_path(ui: GuardedUi) -> None:
    beat(ui, seconds_ago=1)

    _, found = asked(ui, **VIEWER)

    assert list(found["parts"]) == NAMES
    assert found["parts"]["storage"]["kind"] == "SQLite"
    assert found["parts"]["disk"]["free_bytes"] > 0
    assert found["parts"]["models"]["engines"]["caption"]
    assert str(ui.settings.home) not in json.dumps(found)


def test_without_a_login_only_our_own_pages_and_programs_here_learn_all(
    open_ui: GuardedUi,
) -> None:
    assert "parts" in asked(open_ui)[1]
    assert "parts" not in asked(open_ui, Host="attacker.example")[1]
    assert "parts" not in asked(open_ui, Origin="https://attacker.example")[1]
    assert "parts" not in asked(open_ui, **{"Sec-Fetch-Site": "cross-site"})[1]


def test_a_wrong_password_learns_no_more_than_a_stranger(ui: GuardedUi) -> None:
    assert "parts" not in asked(ui, Authorization="Basic YmVuOndyb25n")[1]


def test_a_daemon_that_is_silent_fails_it(ui: GuardedUi) -> None:
    beat(ui, seconds_ago=SILENT_SECONDS + 60)

    assert failing(ui) == ["daemon"]
    assert asked(ui, "/health/ready")[0] == 200


def test_rows_that_cannot_be_read_fail_it_and_no_path_is_told(open_ui: GuardedUi) -> None:
    beat(open_ui, seconds_ago=1)
    shutil.rmtree(open_ui.settings.media_home.rows)

    assert failing(open_ui) == ["rows"]
    assert asked(open_ui, "/health/ready")[0] == 503
    assert asked(open_ui, "/health/live") == (200, {"status": "ok"})
    assert str(open_ui.settings.home).encode() not in open_ui.request("GET", "/health").body


def test_a_full_disk_fails_it(ui: GuardedUi, monkeypatch: pytest.MonkeyPatch) -> None:
    beat(ui, seconds_ago=1)
    usage = shutil.disk_usage(ui.settings.home)
    full = usage._replace(used=usage.total, free=0)
    monkeypatch.setattr("shutil.disk_usage", lambda _: full)

    assert failing(ui) == ["disk"]


def test_an_event_storage_that_is_damaged_fails_it(open_ui: GuardedUi) -> None:
    beat(open_ui, seconds_ago=1)
    for path in (open_ui.settings.media_home.dagster / "history").rglob("*.db"):
        path.write_bytes(b"no database")

    assert "storage" in failing(open_ui)


def test_readiness_is_about_what_serves_and_no_more(ui: GuardedUi) -> None:
    assert list(asked(ui, "/health/ready")[1]["checks"]) == ["rows", "storage", "code_server"]


def test_only_reading_is_answered(ui: GuardedUi) -> None:
    assert ui.request("POST", "/health", {"Content-Type": "application/json"}, "{}").status == 401
    assert ui.request("GET", "/healthy").status == 401
    assert ui.request("GET", "/health/other").status == 401

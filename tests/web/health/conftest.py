"""A UI with a viewer, a UI without a login, and the daemon's signs of life."""

import time
from collections.abc import Iterator

import pytest
from dagster._daemon.types import DaemonHeartbeat

from resources.configuration.settings import Settings
from tests.support.guarded_ui import GuardedUi, basic, guarded_ui
from web.guard.roles import Role
from web.guard.users import WebUsers
from web.health import looks

VIEWER = basic("ben", "a viewer's password")


def beat(ui: GuardedUi, *, seconds_ago: float) -> None:
    """As if each part of the daemon had said so long ago that it lives."""
    for kind in ui.instance.get_required_daemon_types():
        ui.instance.add_daemon_heartbeat(
            DaemonHeartbeat(time.time() - seconds_ago, kind, "daemon", None)
        )


@pytest.fixture(autouse=True)
def every_look_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looks, "GOOD_FOR_SECONDS", -1.0)
    monkeypatch.setattr(looks, "WAIT_SECONDS", looks.PATIENCE_SECONDS)


@pytest.fixture(scope="module")
def ui(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuardedUi]:
    """A UI where ben is a viewer, on a home in which nothing has happened."""
    settings = Settings(home=tmp_path_factory.mktemp("ui"))
    WebUsers(settings.media_home).add("ben", "a viewer's password", Role.VIEWER)
    with guarded_ui(settings) as running:
        yield running


@pytest.fixture
def open_ui(settings: Settings) -> Iterator[GuardedUi]:
    """A UI without users."""
    with guarded_ui(settings) as running:
        yield running

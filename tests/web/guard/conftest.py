"""A UI with a viewer and an editor, and what they send."""

from collections.abc import Iterator

import pytest

from resources.configuration.settings import Settings
from tests.support.guarded_ui import GuardedUi, basic, guarded_ui
from web.guard.roles import Role
from web.guard.users import WebUsers

EDITOR = basic("anna", "an editor's password")
VIEWER = basic("ben", "a viewer's password")


@pytest.fixture(scope="session")
def ui(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuardedUi]:
    """A UI where anna is an editor and ben a viewer; nobody fails to log in here."""
    settings = Settings(home=tmp_path_factory.mktemp("ui"))
    users = WebUsers(settings.media_home)
    users.add("anna", "an editor's password", Role.EDITOR)
    users.add("ben", "a viewer's password", Role.VIEWER)
    with guarded_ui(settings) as running:
        yield running


@pytest.fixture
def open_ui(settings: Settings) -> Iterator[GuardedUi]:
    """A UI of its own, without users at first."""
    with guarded_ui(settings) as running:
        yield running


@pytest.fixture
def editor() -> dict[str, str]:
    return dict(EDITOR)


@pytest.fixture
def viewer() -> dict[str, str]:
    return dict(VIEWER)


@pytest.fixture
def short_times(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waiting as in production would take a minute."""
    monkeypatch.setattr("web.guard.connections.REQUEST_SECONDS", 0.5)
    monkeypatch.setattr("web.guard.graphql.BODY_SECONDS", 0.5)

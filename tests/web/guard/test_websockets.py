"""A websocket ends with the right to it, whether or not anything is said on it."""

import contextlib
import json
from collections.abc import Callable

import pytest
from websockets.exceptions import ConnectionClosedError, InvalidStatus
from websockets.sync.client import ClientConnection

from resources.configuration.settings import Settings
from tests.support.guarded_ui import GuardedUi, basic, guarded_ui
from web.guard.roles import Role
from web.guard.users import WebUsers
from web.guard.websockets import POLICY_VIOLATION

CARL = basic("carl", "carl's password")
INIT = json.dumps({"type": "connection_init"})


def closed_code(connection: ClientConnection) -> int | None:
    """The code with which the server ends the connection."""
    with contextlib.suppress(ConnectionClosedError):
        list(connection)
    return connection.close_code


def removed(users: WebUsers) -> None:
    users.remove("carl")


def a_viewer(users: WebUsers) -> None:
    users.add("carl", "carl's password", Role.VIEWER)


def another_password(users: WebUsers) -> None:
    users.add("carl", "another password", Role.EDITOR)


CHANGES = {"removed": removed, "a_viewer": a_viewer, "another_password": another_password}


@pytest.mark.parametrize("is_said", [True, False], ids=["at_a_message", "in_silence"])
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_websocket_ends_with_the_rights_of_its_user(
    ui: GuardedUi, change: Callable[[WebUsers], None], *, is_said: bool
) -> None:
    users = WebUsers(ui.settings.media_home)
    users.add("carl", "carl's password", Role.EDITOR)
    with ui.websocket(CARL) as connection:
        connection.send(INIT)
        assert json.loads(connection.recv(timeout=60)) == {"type": "connection_ack"}

        change(users)
        if is_said:
            connection.send(INIT)
        assert closed_code(connection) == POLICY_VIOLATION


def test_a_websocket_that_is_used_by_its_user_goes_on(
    ui: GuardedUi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.guard.websockets.CHECK_SECONDS", 0.01)
    WebUsers(ui.settings.media_home).add("carl", "carl's password", Role.EDITOR)
    with ui.websocket(CARL) as connection:
        for _ in range(20):
            connection.send(INIT)
            assert json.loads(connection.recv(timeout=60)) == {"type": "connection_ack"}


def test_a_login_that_begins_and_users_that_vanish_end_it(open_ui: GuardedUi) -> None:
    users = WebUsers(open_ui.settings.media_home)
    with open_ui.websocket() as connection:
        users.add("carl", "carl's password", Role.EDITOR)
        assert closed_code(connection) == POLICY_VIOLATION
    with open_ui.websocket(CARL) as connection:
        users.file.unlink()
        assert closed_code(connection) == POLICY_VIOLATION


def test_a_user_has_so_many_websockets_at_most(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.guard.guard.MOST_WEBSOCKETS", 1)
    WebUsers(settings.media_home).add("carl", "carl's password", Role.EDITOR)
    with guarded_ui(settings) as ui, ui.websocket(CARL):
        with pytest.raises(InvalidStatus) as refused, ui.websocket(CARL):
            pass
        assert refused.value.response.status_code == 429

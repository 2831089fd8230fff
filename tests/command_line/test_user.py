"""``media user``: the users, and that no password is shown or asked for twice in vain."""

import json

import pytest

from resources.configuration.settings import Settings
from tests.command_line.conftest import Media
from web.guard.users import WebUsers, is_password_of


@pytest.fixture
def users(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> WebUsers:
    monkeypatch.setenv("MEDIA_HOME", str(settings.home))
    return WebUsers(settings.media_home)


def test_users_are_added_listed_changed_and_removed(media: Media, users: WebUsers) -> None:
    added = media("user", "add", "anna", "--role", "editor", "--password-stdin", stdin="secret 1\n")
    assert added.exit_code == 0, added.output
    assert "asks everybody for a name and a password" in added.output
    assert "secret 1" not in added.output
    assert is_password_of(users.all()["anna"], "secret 1")

    media("user", "add", "ben", "--password-stdin", stdin="secret 2\n")
    assert json.loads(media("user", "list", "--json").output) == [
        {"name": "anna", "role": "editor"},
        {"name": "ben", "role": "viewer"},
    ]

    media("user", "add", "anna", "--password-stdin", stdin="secret 3\n")
    assert not is_password_of(users.all()["anna"], "secret 1")
    assert users.all()["anna"].role == "viewer"

    assert media("user", "remove", "anna").exit_code == 0
    assert "Nobody can log in" in media("user", "remove", "ben").output
    assert users.are_kept


@pytest.mark.parametrize("password", ["", "short", "x" * 257], ids=["none", "short", "long"])
def test_a_password_has_a_reasonable_length(media: Media, users: WebUsers, password: str) -> None:
    result = media("user", "add", "anna", "--password-stdin", stdin=f"{password}\n")

    assert result.exit_code == 1
    assert "8 to 256 characters" in result.output
    assert not users.are_kept


@pytest.mark.parametrize("name", ["an:na", "", "an na", "../anna", "-", "ä", "a" * 65])
def test_a_name_fits_into_http(media: Media, users: WebUsers, name: str) -> None:
    result = media("user", "add", "--password-stdin", "--", name, stdin="secret 1\n")

    assert result.exit_code == 1
    assert not users.are_kept


def test_an_unknown_user_is_not_removed(media: Media, users: WebUsers) -> None:
    del users
    result = media("user", "remove", "anna")

    assert result.exit_code == 1
    assert "no user is called anna" in result.output

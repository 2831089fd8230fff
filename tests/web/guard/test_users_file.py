"""Nobody gets in because the list of users is absent, broken, or not ours alone."""

import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import anyio
import pytest
from starlette.requests import HTTPConnection

from resources.configuration.media_home import MediaHome
from resources.configuration.settings import Settings
from tests.support.guarded_ui import ADD_KEY, VERSION, GuardedUi, basic
from web.guard.login import MISSING, PasswordLogin, Visitor
from web.guard.refusal import Refusal
from web.guard.roles import Role
from web.guard.users import WebUserError, WebUsers

ANNA = basic("anna", "first password")


def link(file: Path) -> None:
    file.rename(file.with_name("elsewhere.json"))
    file.symlink_to("elsewhere.json")


def dangling_link(file: Path) -> None:
    file.unlink()
    file.symlink_to("nowhere")


def folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


def pipe(file: Path) -> None:
    file.unlink()
    os.mkfifo(file, 0o600)


def no_home(file: Path) -> None:
    shutil.move(file.parent, file.parent.with_name("away"))


def file_in_place_of_the_home(file: Path) -> None:
    no_home(file)
    file.parent.write_text("")


def text(content: str) -> Callable[[Path], None]:
    def write(file: Path) -> None:
        file.write_text(content)

    return write


HARM = {
    "removed": Path.unlink,
    "renamed": lambda file: file.rename(file.with_suffix(".bak")),
    "link": link,
    "dangling_link": dangling_link,
    "folder": folder,
    "pipe": pipe,
    "home_gone": no_home,
    "home_is_a_file": file_in_place_of_the_home,
    "readable_by_the_group": lambda file: file.chmod(0o640),
    "writable_by_all": lambda file: file.chmod(0o602),
    "empty": text(""),
    "no_json": text("anna"),
    "list": text("[]"),
    "null": text("null"),
    "half": text('{"anna": {"role": "editor", '),
    "unknown_role": text('{"anna": {"role": "king", "password": "x"}}'),
    "no_text": lambda file: file.write_bytes(b"\xff\xfe{}"),
    "too_large": text('{"anna": ' + " " * 5 * 1024**2),
}


def asked(login: PasswordLogin, headers: Mapping[str, str] | None = None) -> Visitor | Refusal:
    """What the login says to a request with these headers."""
    sent = [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()]
    connection = HTTPConnection({"type": "http", "headers": sent, "client": ("127.0.0.1", 5)})
    return anyio.run(login.visitor, connection)


@pytest.mark.parametrize("harm", HARM.values(), ids=HARM.keys())
def test_a_login_that_was_needed_once_is_never_open(
    tmp_path: Path, harm: Callable[[Path], None]
) -> None:
    users = WebUsers(MediaHome(tmp_path / "home"))
    login = PasswordLogin(users)
    assert asked(login) == Visitor("", Role.EDITOR)
    users.add("anna", "first password", Role.EDITOR)
    assert asked(login, ANNA) == Visitor("anna", Role.EDITOR)

    harm(users.file)
    for who in ({}, ANNA, basic("ben", "guess")):
        said = asked(login, who)
        assert isinstance(said, Refusal)
        assert said.status == 503
        assert "users.json" in said.why
        assert str(tmp_path) not in said.why


@pytest.mark.parametrize("harm", [link, pipe, folder], ids=["link", "pipe", "folder"])
def test_something_else_at_the_start_is_a_login_that_nobody_passes(
    tmp_path: Path, harm: Callable[[Path], None]
) -> None:
    users = WebUsers(MediaHome(tmp_path))
    users.add("anna", "first password", Role.EDITOR)
    harm(users.file)
    login = PasswordLogin(users)
    assert isinstance(asked(login, ANNA), Refusal)

    users.file.rename(tmp_path / "away")
    assert asked(login) == MISSING


def test_something_else_comes_while_there_is_no_login(tmp_path: Path) -> None:
    users = WebUsers(MediaHome(tmp_path))
    login = PasswordLogin(users)
    assert asked(login) == Visitor("", Role.EDITOR)

    users.file.symlink_to("nowhere")
    assert isinstance(asked(login), Refusal)
    users.file.unlink()
    assert asked(login) == MISSING


def test_nothing_is_open_until_the_users_come_back(open_ui: GuardedUi) -> None:
    users = WebUsers(open_ui.settings.media_home)
    users.add("anna", "first password", Role.EDITOR)
    assert open_ui.graphql(VERSION).status == 401

    away = users.file.rename(users.file.with_name("away"))
    answer = open_ui.graphql(ADD_KEY, variables={"key": "by-stranger"})
    assert (answer.status, open_ui.graphql(VERSION, ANNA).status) == (503, 503)
    assert b"users.json is missing" in answer.body
    assert not open_ui.partition_keys()
    away.rename(users.file)

    assert open_ui.graphql(VERSION, ANNA).status == 200
    assert open_ui.graphql(VERSION).status == 401


def test_a_login_ends_with_the_server_that_knew_of_it(tmp_path: Path) -> None:
    """Ending it needs two acts: removing the file, and a start without it."""
    users = WebUsers(MediaHome(tmp_path))
    users.add("anna", "first password", Role.EDITOR)
    login = PasswordLogin(users)
    users.file.unlink()

    assert asked(login) == MISSING
    assert asked(PasswordLogin(users)) == Visitor("", Role.EDITOR)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_file_of_somebody_else_is_not_believed(settings: Settings) -> None:
    users = WebUsers(settings.media_home)
    users.add("anna", "first password", Role.EDITOR)
    os.chown(users.file, 12345, -1)

    assert PasswordLogin(users).is_needed
    with pytest.raises(WebUserError, match="belongs to another user"):
        users.all()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_not_absent(settings: Settings) -> None:
    users = WebUsers(settings.media_home)
    users.add("anna", "first password", Role.EDITOR)
    users.file.chmod(0)

    with pytest.raises(WebUserError, match="cannot be read"):
        users.all()
    users.home.root.chmod(0)
    assert users.are_kept
    users.home.root.chmod(0o700)

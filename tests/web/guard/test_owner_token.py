"""Commands of the service's owner need no login; nobody else gets in by their token."""

import stat

import pytest
from starlette.requests import HTTPConnection

from tests.support.guarded_ui import ADD_KEY, VERSION, GuardedUi
from web.guard.owner_token import is_from_here, token_file, write_token


def bearer(ui: GuardedUi) -> dict[str, str]:
    return {"Authorization": f"Bearer {token_file(ui.settings.media_home).read_text()}"}


def test_the_owners_token_lets_commands_change_things(ui: GuardedUi) -> None:
    answer = ui.graphql(ADD_KEY, bearer(ui), variables={"key": "by-owner"})

    assert answer.status == 200
    assert "by-owner" in ui.partition_keys()


def test_only_the_owner_can_read_the_token(ui: GuardedUi) -> None:
    mode = stat.S_IMODE(token_file(ui.settings.media_home).stat().st_mode)

    assert mode == 0o600


@pytest.mark.parametrize("token", ["", "x" * 43, "\xe9"], ids=["empty", "wrong", "not ASCII"])
def test_another_token_is_no_login(ui: GuardedUi, token: str) -> None:
    assert ui.graphql(VERSION, {"Authorization": f"Bearer {token}"}).status == 401


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "Via", "X-Real-IP"])
def test_a_proxy_cannot_pass_the_token_on(ui: GuardedUi, header: str) -> None:
    assert ui.graphql(VERSION, {**bearer(ui), header: "192.0.2.7"}).status == 401


@pytest.mark.parametrize(
    ("client", "server", "is_ours"),
    [
        ("127.0.0.1", "127.0.0.1", True),
        ("::1", "::1", True),
        ("192.0.2.7", "192.0.2.7", True),
        ("192.0.2.8", "192.0.2.7", False),
        ("", "192.0.2.7", False),
        ("unix", "unix", False),
    ],
)
def test_the_token_counts_from_this_machine_only(client: str, server: str, is_ours: bool) -> None:
    scope = {"type": "http", "headers": [], "client": (client, 5), "server": (server, 3000)}

    assert is_from_here(HTTPConnection(scope)) is is_ours


def test_a_new_start_makes_a_new_token(open_ui: GuardedUi) -> None:
    before = bearer(open_ui)
    write_token(open_ui.settings.media_home)

    assert bearer(open_ui) != before
    assert not list(token_file(open_ui.settings.media_home).parent.glob("*.part*"))

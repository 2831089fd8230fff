"""With users, nothing is answered without the right password; a viewer changes nothing."""

import base64
import json
import stat
from collections.abc import Iterator, Mapping

import pytest
from argon2 import PasswordHasher
from websockets.exceptions import ConnectionClosedError, InvalidStatus

from resources.configuration.settings import Settings
from tests.support.guarded_ui import ADD_KEY, JSON, VERSION, GuardedUi, basic, guarded_ui
from web.guard.login import FAILURES_PER_ADDRESS, FAILURES_PER_NAME
from web.guard.roles import Role
from web.guard.users import WebUsers

TWO_OPERATIONS = f"query Look {VERSION} {ADD_KEY}"
FRAGMENT = """
fragment F on Mutation {
  addDynamicPartition(
    repositorySelector: {repositoryLocationName: "media", repositoryName: "__repository__"},
    partitionsDefName: "sample_images", partitionKey: "by-viewer"
  ) { __typename }
}
mutation { ...F }
"""


def encoded(text: bytes) -> str:
    return "Basic " + base64.b64encode(text).decode()


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("GET", "/server_info"),
        ("GET", "/favicon.png"),
        ("GET", "/logs/x/y.err"),
        ("GET", "/download_debug/x"),
        ("POST", "/graphql"),
        ("POST", "/report_asset_materialization/source"),
    ],
)
def test_nothing_is_answered_without_a_login(ui: GuardedUi, method: str, path: str) -> None:
    answer = ui.request(method, path, JSON, json.dumps({"query": VERSION}))

    assert answer.status == 401
    assert answer.headers["WWW-Authenticate"].startswith("Basic ")
    assert b"1.13" not in answer.body


@pytest.mark.parametrize(
    "authorization",
    [
        ["Basic"],
        ["Basic !!!"],
        ["Bearer anna"],
        [encoded(b"anna")],
        [encoded(b"anna:")],
        [encoded(b":")],
        [encoded(b"\xff\xfe:x")],
        [encoded(b"anna:a viewer's password")],
        [encoded(b"ANNA:an editor's password")],
        [encoded(b"anna:an editor's password\x00")],
        [encoded(b"anna:an editor's password"), encoded(b"ben:x")],
        [encoded(b"anna:an editor's password") + "=="],
    ],
    ids=[
        "nothing",
        "no_base64",
        "another_scheme",
        "no_colon",
        "no_password",
        "empty",
        "no_text",
        "password_of_another",
        "capitals",
        "a_nul_more",
        "two_headers",
        "padded_twice",
    ],
)
def test_a_malformed_or_wrong_login_is_refused(ui: GuardedUi, authorization: list[str]) -> None:
    headers = [("Authorization", value) for value in authorization]

    assert ui.request("GET", "/server_info", headers).status == 401


def test_an_editor_may_change_things(ui: GuardedUi, editor: Mapping[str, str]) -> None:
    assert ui.graphql(ADD_KEY, editor, variables={"key": "by-editor"}).status == 200
    assert "by-editor" in ui.partition_keys()


@pytest.mark.parametrize(
    "fields",
    [
        {"query": ADD_KEY, "variables": {"key": "by-viewer"}},
        {"query": f"# {{}}\n{ADD_KEY}", "variables": {"key": "by-viewer"}},
        {"query": TWO_OPERATIONS, "operationName": "Look", "variables": {"key": "by-viewer"}},
        {"query": TWO_OPERATIONS, "operationName": "Add", "variables": {"key": "by-viewer"}},
        {"query": FRAGMENT},
        {"query": "\ufeff" + FRAGMENT},
    ],
    ids=["plain", "behind_a_comment", "not_chosen", "chosen", "in_a_fragment", "after_a_mark"],
)
def test_a_viewer_cannot_mutate(
    ui: GuardedUi, viewer: Mapping[str, str], fields: Mapping[str, object]
) -> None:
    answer = ui.request("POST", "/graphql", {**JSON, **viewer}, json.dumps(fields))

    assert answer.status == 403
    assert b"viewer" in answer.body
    assert "by-viewer" not in ui.partition_keys()


def test_a_viewer_cannot_report_materializations(
    ui: GuardedUi, viewer: Mapping[str, str], editor: Mapping[str, str]
) -> None:
    path = "/report_asset_materialization/source?partition=p"

    assert ui.request("POST", path, {**JSON, **viewer}, "{}").status == 403
    assert ui.request("POST", path, {**JSON, **editor}, "[1]").status == 400
    assert ui.request("POST", path, {**JSON, **editor}, "{}").status == 200


def test_a_viewer_reads_and_is_told_by_dagster_that_nothing_may_be_changed(
    ui: GuardedUi, viewer: Mapping[str, str], editor: Mapping[str, str]
) -> None:
    """The UI greys its buttons out by these answers."""

    def allowed(headers: Mapping[str, str]) -> set[bool]:
        found = ui.data("{ permissions { permission value } }", headers)["permissions"]
        return {one["value"] for one in found if "managed_components" not in one["permission"]}

    assert ui.data(VERSION, viewer)["version"]
    assert allowed(viewer) == {False}
    assert allowed(editor) == {True}


def test_a_websocket_needs_a_login(ui: GuardedUi) -> None:
    with pytest.raises(InvalidStatus) as refused, ui.websocket():
        pass

    assert refused.value.response.status_code == 401


@pytest.mark.parametrize("who", ["viewer", "editor"])
@pytest.mark.parametrize(
    "message",
    [
        {"type": "start", "id": "1", "payload": {"query": "mutation { x }"}},
        {"type": "start", "id": "1", "payload": {"query": "{ version }"}},
        {"type": "start", "id": "1", "payload": {"query": FRAGMENT}},
        {"type": "start", "id": "1", "payload": {"query": "subscription {"}},
        {"type": "start", "id": "1", "payload": {"query": ["x"]}},
        {"type": "start", "id": "1"},
        {"type": ["start"]},
        [],
        "text",
    ],
    ids=[
        "mutation",
        "query",
        "fragment",
        "broken",
        "a_list",
        "no_payload",
        "no_type",
        "batch",
        "text",
    ],
)
def test_a_websocket_carries_subscriptions_and_nothing_else(
    ui: GuardedUi, request: pytest.FixtureRequest, who: str, message: object
) -> None:
    with ui.websocket(request.getfixturevalue(who)) as connection:
        connection.send(json.dumps(message))
        with pytest.raises(ConnectionClosedError) as closed:
            connection.recv(timeout=60)

    assert closed.value.rcvd
    assert closed.value.rcvd.code == 1008
    assert "by-viewer" not in ui.partition_keys()


def test_a_viewers_subscription_works(ui: GuardedUi, viewer: Mapping[str, str]) -> None:
    subscription = "subscription { locationStateChangeEvents { event { message } } }"
    start = {"type": "start", "id": "7", "payload": {"query": subscription}}
    with ui.websocket(viewer) as connection:
        for message in ({"type": "connection_init"}, start, {"type": "connection_init"}):
            connection.send(json.dumps(message))
        answers = [json.loads(connection.recv(timeout=60)) for _ in range(2)]

    assert answers == [{"type": "connection_ack"}] * 2


def test_a_login_begins_ends_and_changes_without_a_restart(open_ui: GuardedUi) -> None:
    users = WebUsers(open_ui.settings.media_home)
    anna = basic("anna", "first password")
    assert open_ui.graphql(VERSION).status == 200

    users.add("anna", "first password", Role.EDITOR)
    assert open_ui.graphql(VERSION).status == 401
    assert open_ui.graphql(VERSION, anna).status == 200

    users.add("anna", "second password", Role.VIEWER)
    assert open_ui.graphql(VERSION, anna).status == 401
    assert open_ui.graphql(ADD_KEY, basic("anna", "second password")).status == 403

    users.remove("anna")
    assert open_ui.graphql(VERSION, basic("anna", "second password")).status == 401


def test_guessing_is_slowed_down_and_does_not_lock_out_who_is_logged_in(
    open_ui: GuardedUi, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick = PasswordHasher(time_cost=1, memory_cost=1024)
    monkeypatch.setattr("web.guard.users.HASHER", quick)
    users = WebUsers(open_ui.settings.media_home)
    users.add("anna", "the right password", Role.EDITOR)
    users.add("ben", "another password", Role.VIEWER)
    anna = basic("anna", "the right password")
    assert open_ui.graphql(VERSION, anna).status == 200

    tried = [open_ui.graphql(VERSION, basic("anna", f"guess {n}")).status for n in range(12)]
    assert tried == [401] * FAILURES_PER_NAME.amount + [429] * 2
    assert open_ui.graphql(VERSION, anna).status == 200
    assert open_ui.graphql(VERSION, basic("ben", "another password")).status == 200


def test_an_address_cannot_be_changed_by_a_header(
    open_ui: GuardedUi, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise each guess could claim to come from somewhere else."""
    monkeypatch.setattr("web.guard.login.is_password_of", lambda *_: False)
    WebUsers(open_ui.settings.media_home).add("anna", "the right password", Role.EDITOR)
    tried = [
        open_ui.graphql(
            VERSION,
            {**basic(f"name{n}", "guess"), "X-Forwarded-For": f"10.0.0.{n}", "Forwarded": "for=x"},
        ).status
        for n in range(FAILURES_PER_ADDRESS.amount + 2)
    ]

    assert tried == [401] * FAILURES_PER_ADDRESS.amount + [429] * 2


def test_damaged_users_let_nobody_in(open_ui: GuardedUi) -> None:
    file = WebUsers(open_ui.settings.media_home).file
    file.write_text('{"anna": {"role": "king"}}')
    file.chmod(0o600)
    answer = open_ui.graphql(VERSION, basic("anna", "x"))

    assert answer.status == 503
    assert b"users.json is damaged" in answer.body


def test_passwords_are_kept_as_hashes_for_the_owner_alone(settings: Settings) -> None:
    users = WebUsers(settings.media_home)
    users.add("anna", "never written down", Role.EDITOR)

    assert "never written" not in users.file.read_text()
    assert "$argon2id$v=19$m=65536,t=3" in users.file.read_text()
    assert stat.S_IMODE(users.file.stat().st_mode) == 0o600


PROXY = {"access": {"proxy_header": "X-Forwarded-User", "trusted_proxies": ["127.0.0.0/8"]}}


@pytest.fixture(scope="module")
def behind_proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuardedUi]:
    home = tmp_path_factory.mktemp("behind_proxy")
    access = {**PROXY["access"], "editors": ["anna"]}
    with guarded_ui(Settings.model_validate({"home": home, "access": access})) as running:
        yield running


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ([("X-Forwarded-User", "anna")], 200),
        ([("x-forwarded-user", "  ben ")], 200),
        ([], 401),
        ([("X-Forwarded-User", "")], 401),
        ([("X-Forwarded-User", "anna"), ("X-Forwarded-User", "ben")], 401),
        ([("X-Forwarded-User", "anna"), ("X-Forwarded-User", "anna")], 401),
        ([("X-Forwarded-User", "anna"), ("X_Forwarded_User", "anna")], 401),
        ([("X_Forwarded_User", "anna")], 401),
        ([("X-Forwarded_User", "anna")], 401),
        ([("X-Forwarded-User", "ben, anna")], 401),
        ([("X-Forwarded-User", "\xe4nna")], 401),
        ([("X-Forwarded-User", "a" * 300)], 401),
    ],
    ids=[
        "editor",
        "viewer",
        "none",
        "empty",
        "two_names",
        "twice_the_same",
        "and_with_underscores",
        "with_underscores",
        "with_one_underscore",
        "merged",
        "no_ascii",
        "endless",
    ],
)
def test_a_proxys_user_is_named_once_and_in_the_right_spelling(
    behind_proxy: GuardedUi, headers: list[tuple[str, str]], status: int
) -> None:
    body = json.dumps({"query": VERSION})
    answer = behind_proxy.request("POST", "/graphql", [*JSON.items(), *headers], body)

    assert answer.status == status


def test_a_proxys_user_is_a_viewer_unless_named_an_editor(behind_proxy: GuardedUi) -> None:
    as_ben = behind_proxy.graphql(ADD_KEY, {"X-Forwarded-User": "ben"}, variables={"key": "b"})
    as_anna = behind_proxy.graphql(ADD_KEY, {"X-Forwarded-User": "anna"}, variables={"key": "a"})

    assert (as_ben.status, as_anna.status) == (403, 200)
    assert behind_proxy.partition_keys() == ["a"]


def test_a_name_in_a_trailer_is_not_believed(behind_proxy: GuardedUi) -> None:
    body = json.dumps({"query": VERSION}).encode()
    request = (
        b"POST /graphql HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n"
        b"Trailer: X-Forwarded-User\r\n\r\n"
        b"%x\r\n%s\r\n0\r\nX-Forwarded-User: anna\r\n\r\n" % (len(body), body)
    )

    assert behind_proxy.raw(request).startswith(b"HTTP/1.1 401 ")


def test_only_the_proxys_address_may_name_anybody(settings: Settings) -> None:
    elsewhere = {**PROXY["access"], "trusted_proxies": ["10.1.2.3"]}
    chosen = Settings.model_validate({"home": settings.home, "access": elsewhere})
    with guarded_ui(chosen) as ui:
        claimed = {"X-Forwarded-User": "anna", "X-Forwarded-For": "10.1.2.3"}

        assert ui.graphql(VERSION, claimed).status == 403

"""What a body may hold: anything that could be read in two ways is refused or written anew."""

import json
from collections.abc import Mapping

import pytest
from websockets.exceptions import ConnectionClosedError

from tests.support.guarded_ui import ADD_KEY, JSON, VERSION, GuardedUi
from web.guard.graphql import LARGEST_BODY
from web.guard.websockets import MOST_SUBSCRIPTIONS

MUTATION = json.dumps({"query": ADD_KEY, "variables": {"key": "by-stranger"}})
SMUGGLED = MUTATION.removesuffix("}") + f', "query": "{VERSION}"}}'


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "text/plain; application/json",
        "application/graphql",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json-patch+json",
        "",
    ],
)
def test_only_json_is_read(ui: GuardedUi, editor: Mapping[str, str], content_type: str) -> None:
    headers = {"Content-Type": content_type, **editor}

    assert ui.request("POST", "/graphql", headers, MUTATION).status == 403
    assert "by-stranger" not in ui.partition_keys()


def test_two_content_types_are_none(ui: GuardedUi, editor: Mapping[str, str]) -> None:
    headers = [*JSON.items(), ("Content-Type", "text/plain"), *editor.items()]

    assert ui.request("POST", "/graphql", headers, MUTATION).status == 403


@pytest.mark.parametrize("charset", ["", ";charset=utf-8", "; charset=utf-7"])
def test_a_charset_is_ignored(ui: GuardedUi, viewer: Mapping[str, str], charset: str) -> None:
    headers = {"Content-Type": f"application/json{charset}", **viewer}

    assert ui.request("POST", "/graphql", headers, '{"query": "{ version }"}').status == 200


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        MUTATION.encode("utf-16"),
        f"[{MUTATION}]".encode(),
        b'{"query": ["{ version }"]}',
        b'{"query": "{ version }", "variables": [1]}',
        b'{"query": "{ version }", "variables": "{}"}',
        b'{"query": "{ version }", "variables": {"x": NaN}}',
        b'{"query": "{ version }", "variables": {"x": 1e999}}',
        b'{"query": "{ version }", "operationName": 1}',
        b'{"query": "\\ud800"}',
        b'{"query": "{ version }", "variables": ' + b'{"a":' * 5000 + b"1" + b"}" * 5001,
        b'{"query": "' + b"{ a " * 5000 + b'"}',
        b'{"query": "{' + b"version " * 30_000 + b'}"}',
        b'{"query": "{ version }" // }',
        b'{"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "00"}}}',
        b"\xff\xfe\x00",
    ],
    ids=[
        "empty",
        "null",
        "list",
        "nothing",
        "another_encoding",
        "batch",
        "query_is_a_list",
        "variables_are_a_list",
        "variables_are_a_text",
        "not_a_number",
        "infinite",
        "name_is_a_number",
        "half_a_character",
        "deep_variables",
        "deep_query",
        "long_query",
        "comment",
        "persisted",
        "bytes",
    ],
)
@pytest.mark.parametrize("who", ["editor", "viewer"])
def test_a_malformed_body_is_refused_with_a_reason(
    ui: GuardedUi, request: pytest.FixtureRequest, who: str, body: bytes
) -> None:
    headers = {**JSON, **request.getfixturevalue(who)}
    answer = ui.request("POST", "/graphql", headers, body)

    assert answer.status == 400
    assert answer.body.strip()
    assert "by-stranger" not in ui.partition_keys()


def test_the_last_of_repeated_fields_counts_for_the_guard_and_for_dagster(
    ui: GuardedUi, viewer: Mapping[str, str]
) -> None:
    answer = ui.request("POST", "/graphql", {**JSON, **viewer}, SMUGGLED)

    assert json.loads(answer.body) == {"data": {"version": "1.13.27"}}
    assert "by-stranger" not in ui.partition_keys()


@pytest.mark.parametrize("path", ["/graphql?query=mutation%7Bx%7D", "/graphql?op=Version"])
def test_parameters_in_the_address_of_a_post_are_dropped(
    ui: GuardedUi, viewer: Mapping[str, str], path: str
) -> None:
    answer = ui.request("POST", path, {**JSON, **viewer}, json.dumps({"query": VERSION}))

    assert json.loads(answer.body) == {"data": {"version": "1.13.27"}}


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("accept", ["*/*", "text/html"])
@pytest.mark.parametrize(
    "path",
    ["/graphql", "/graphql/", "/%67raphql", "//graphql"],
    ids=["plain", "slash", "escaped", "twice"],
)
def test_graphql_is_not_executed_by_get(
    ui: GuardedUi, editor: Mapping[str, str], method: str, accept: str, path: str
) -> None:
    """Such a request needs no more than an image tag in some text."""
    query = "?query=mutation%7BreloadWorkspace%7B__typename%7D%7D"

    assert ui.request(method, path + query, {"Accept": accept, **editor}).status == 403


@pytest.mark.parametrize(
    "method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "QUERY"]
)
def test_other_methods_are_refused(ui: GuardedUi, editor: Mapping[str, str], method: str) -> None:
    headers = {**JSON, **editor, "X-HTTP-Method-Override": "POST"}

    assert ui.request(method, "/graphql", headers, MUTATION).status == 405
    assert "by-stranger" not in ui.partition_keys()


def test_a_body_is_read_up_to_a_size(ui: GuardedUi, editor: Mapping[str, str]) -> None:
    body = json.dumps({"query": VERSION, "variables": {"x": "y" * LARGEST_BODY}})

    assert ui.request("POST", "/graphql", {**JSON, **editor}, body).status == 413


def test_a_websocket_has_so_many_subscriptions_at_most(
    ui: GuardedUi, viewer: Mapping[str, str]
) -> None:
    subscription = "subscription { locationStateChangeEvents { event { message } } }"
    with ui.websocket(viewer) as connection:
        for number in range(MOST_SUBSCRIPTIONS + 1):
            start = {"type": "start", "id": str(number), "payload": {"query": subscription}}
            connection.send(json.dumps(start))
        with pytest.raises(ConnectionClosedError):
            list(connection)

    assert connection.close_code == 1008


def test_a_log_lies_below_the_logs(ui: GuardedUi, editor: Mapping[str, str]) -> None:
    for path in ("/logs/../../users.json", "/logs/..%2f..%2f/users.json", "/logs/%2fetc/passwd"):
        assert ui.request("GET", path, editor).status == 404, path


@pytest.mark.parametrize(
    "path",
    ["/download_debug/x", "/notebook", "/notebook?path=/etc/passwd&repoLocName=x", "/logs/x"],
)
def test_what_does_not_exist_is_not_found(
    ui: GuardedUi, editor: Mapping[str, str], path: str
) -> None:
    assert ui.request("GET", path, editor).status == 404

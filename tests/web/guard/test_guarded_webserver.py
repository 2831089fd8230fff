"""What a page of another site could make a browser send is refused; what the UI sends works.

Stock Dagster answers 200 to every request here and does what it says.
"""

import json
from collections.abc import Mapping

import pytest
import websockets.sync.client
from websockets.exceptions import InvalidStatus

from tests.support.running_service import RunningService
from web.guarded_webserver import host_names

JSON = {"Content-Type": "application/json"}
VERSION = json.dumps({"query": "{ version }"})
ADD_KEY = """mutation Add($key: String!) {
  addDynamicPartition(
    repositorySelector: {
      repositoryLocationName: "media", repositoryName: "__repository__"
    },
    partitionsDefName: "sample_images", partitionKey: $key
  ) { __typename }
}"""
KEYS = """{ assetNodeOrError(assetKey: {path: ["source"]}) {
  ... on AssetNode { partitionKeys }
} }"""


def partition_keys(service: RunningService) -> list[str]:
    keys: list[str] = service.graphql(KEYS)["assetNodeOrError"]["partitionKeys"]
    return keys


def add_key(key: str) -> str:
    return json.dumps({"query": ADD_KEY, "variables": {"key": key}})


def test_a_client_of_the_command_line_may_change_things(service: RunningService) -> None:
    service.graphql(ADD_KEY, key="by-client")

    assert "by-client" in partition_keys(service)


def test_the_ui_itself_may_change_things(service: RunningService) -> None:
    own = {"Origin": f"http://localhost:{service.settings.port}", "Sec-Fetch-Site": "same-origin"}
    response = service.request("POST", "/graphql", {**JSON, **own}, add_key("by-ui"))

    assert response.status == 200
    assert "by-ui" in partition_keys(service)


@pytest.mark.parametrize(
    "headers",
    [
        {**JSON, "Origin": "https://evil.example"},
        {**JSON, "Origin": "null"},
        {**JSON, "Origin": "http://localhost:1"},
        {**JSON, "Sec-Fetch-Site": "cross-site"},
        {**JSON, "Sec-Fetch-Site": "same-site"},
        {"Content-Type": "text/plain"},
        {"Content-Type": "text/plain; application/json"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "application/graphql"},
        {},
    ],
    ids=[
        "another_origin",
        "hidden_origin",
        "another_port_of_this_machine",
        "cross_site",
        "same_site",
        "text",
        "text_that_mentions_json",
        "form",
        "graphql",
        "no_type",
    ],
)
def test_a_mutation_from_elsewhere_changes_nothing(
    service: RunningService, headers: Mapping[str, str]
) -> None:
    response = service.request("POST", "/graphql", headers, add_key("by-stranger"))

    assert response.status == 403
    assert "by-stranger" not in partition_keys(service)


@pytest.mark.parametrize("path", ["/graphql", "/graphql/"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_graphql_is_not_executed_by_get(service: RunningService, method: str, path: str) -> None:
    """Such a request needs no more than an image tag in some text."""
    query = "?query=mutation%7BwipeAssets(assetPartitionRanges:%5B%5D)%7B__typename%7D%7D"

    assert service.request(method, path + query, {}).status == 403


def test_the_graphql_playground_still_opens(service: RunningService) -> None:
    response = service.request("GET", "/graphql", {"Accept": "text/html"})

    assert response.status == 200
    assert b"graphiql" in response.body


def test_materializations_cannot_be_reported_from_elsewhere(service: RunningService) -> None:
    path = "/report_asset_materialization/source?partition=by-stranger"
    foreign = {**JSON, "Origin": "https://evil.example"}

    assert service.request("POST", path, {}).status == 403
    assert service.request("POST", path, foreign).status == 403
    assert service.request("POST", path, JSON, "{}").status == 200


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost:{port}", 200),
        ("127.0.0.1:{port}", 200),
        ("[::1]:{port}", 200),
        ("LOCALHOST", 200),
        ("evil.example:{port}", 400),
        ("localhost.evil.example", 400),
        ("", 400),
    ],
    ids=["name", "v4", "v6", "capitals", "rebound_name", "looks_alike", "none"],
)
def test_only_known_host_names_are_answered(
    service: RunningService, host: str, status: int
) -> None:
    """A page can make its own name resolve to 127.0.0.1; the browser then calls us its own."""
    named = {"Host": host.format(port=service.settings.port)}

    assert service.request("POST", "/graphql", {**JSON, **named}, VERSION).status == status


@pytest.mark.parametrize("path", ["/", "/server_info", "/assets/source", "/graphql?query=x"])
def test_no_site_may_frame_the_ui_or_have_its_types_guessed(
    service: RunningService, path: str
) -> None:
    response = service.request("GET", path, {})

    assert response.headers["X-Frame-Options"] == "DENY"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Cross-Origin-Resource-Policy"] == "same-origin"


def test_a_websocket_of_the_ui_works(service: RunningService) -> None:
    with open_websocket(service, f"http://localhost:{service.settings.port}") as connection:
        connection.send(json.dumps({"type": "connection_init"}))
        assert json.loads(connection.recv(timeout=20)) == {"type": "connection_ack"}


def test_a_websocket_of_another_site_is_refused(service: RunningService) -> None:
    with (
        pytest.raises(InvalidStatus) as refused,
        open_websocket(service, "https://evil.example"),
    ):
        pass

    assert refused.value.response.status_code == 403


def open_websocket(service: RunningService, origin: str) -> websockets.sync.client.ClientConnection:
    return websockets.sync.client.connect(
        f"ws://localhost:{service.settings.port}/graphql",
        origin=websockets.Origin(origin),
        subprotocols=[websockets.Subprotocol("graphql-ws")],
        proxy=None,
    )


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", []),
        ("::", []),
        ("photos.lan", ["photos.lan"]),
        ("fd00::5", ["[fd00::5]"]),
    ],
    ids=["loopback", "every_address", "name", "v6"],
)
def test_a_bound_name_is_allowed_and_an_unbound_address_adds_none(
    host: str, expected: list[str]
) -> None:
    assert host_names(host) == ["localhost", "127.0.0.1", "[::1]", *expected]
    assert host_names(host, ["proxy.example"])[-1] == "proxy.example"

"""A viewer's query costs only so much, ends when nobody waits, and tells nothing of our insides."""

import contextlib
import json
import threading
import traceback
from collections.abc import Mapping

import dagster as dg
import pytest
from graphql import get_introspection_query

from tests.support.guarded_ui import GuardedUi
from tests.support.running_service import wait_until
from tests.support.shipped_queries import shipped_queries
from web.guard.viewer_answers import EDITORS_ONLY, FAILED

pytestmark = pytest.mark.filterwarnings(
    # What was begun in a query that is stopped is not waited for.
    "ignore:coroutine .* was never awaited:RuntimeWarning",
    "ignore:.*:pytest.PytestUnraisableExceptionWarning",
)

WHOLE_SCHEMA = get_introspection_query()


def many_times(query: str, count: int) -> str:
    """The introspection query with so many aliases of its one field."""
    opening, rest = query.split("__schema {", 1)
    depth, end = 1, 0
    while depth:
        depth += {"{": 1, "}": -1}.get(rest[end], 0)
        end += 1
    aliases = "\n".join(f"a{n}: __schema {{{rest[:end]}" for n in range(count))
    return opening + aliases + rest[end:]


def errors(ui: GuardedUi, query: str, who: Mapping[str, str], status: int = 400) -> str:
    answer = ui.graphql(query, who)
    assert answer.status == status, answer.body[:500]
    return str(json.loads(answer.body)["errors"][0]["message"])


def test_fifty_aliases_of_nested_lists_are_refused(
    ui: GuardedUi, viewer: Mapping[str, str]
) -> None:
    nested = "dependencies { asset { " * 4 + "id" + " } }" * 4
    aliases = " ".join(f"a{n}: assetNodes {{ {nested} }}" for n in range(50))

    assert "too much at once" in errors(ui, f"{{ {aliases} }}", viewer)


def test_what_a_list_really_holds_is_counted(
    ui: GuardedUi, viewer: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ui.graphql(WHOLE_SCHEMA, viewer).status == 200
    monkeypatch.setattr("web.guard.query_budget.MOST_RESOLVED", 1000)

    assert "too much at once" in errors(ui, WHOLE_SCHEMA, viewer, 400)


def test_a_query_is_answered_in_time(
    ui: GuardedUi, viewer: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.guard.query_budget.SECONDS", 0.05)

    assert "took longer" in errors(ui, WHOLE_SCHEMA, viewer)


def viewer_threads() -> list[str]:
    return [one.name for one in threading.enumerate() if one.name.startswith("viewer")]


def test_a_query_ends_when_its_client_goes(
    ui: GuardedUi, viewer: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would run for minutes, and 200 times longer than it may here."""
    for name in ("query_budget.SECONDS", "query_budget.MOST_RESOLVED", "query_cost.MOST_COST"):
        monkeypatch.setattr(f"web.guard.{name}", 10**9)
    monkeypatch.setattr("web.guard.query_cost.MOST_FIELDS", 10**9)
    monkeypatch.setattr("web.guard.query_cost.MOST_FRAGMENTS", 10**9)
    body = json.dumps({"query": many_times(WHOLE_SCHEMA, 200)}).encode()
    head = (
        f"POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"Authorization: {viewer['Authorization']}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with contextlib.suppress(TimeoutError):
        ui.raw(head.encode() + body, seconds=1)

    wait_until(lambda: not viewer_threads())


@dg.asset
def broken(context: dg.AssetExecutionContext) -> None:
    """Fails, and says a lot about where."""
    try:
        int("x")
    except ValueError:
        context.log.warning("in /root/secret/place: %s", traceback.format_exc())
    context.add_output_metadata({"where": dg.MetadataValue.path("/root/secret/place")})
    raise RuntimeError("cannot open /root/secret/place of secret.module.Thing")


@pytest.fixture(scope="module")
def failed_run(ui: GuardedUi) -> str:
    return dg.materialize([broken], instance=ui.instance, raise_on_error=False).run_id


INSIDES = ("Traceback", "/root/", "secret", ".py", "raise ", "RuntimeError", "line ")


def revealing(answer: str) -> list[str]:
    return [one for one in INSIDES if one in answer]


def test_the_log_of_a_run_shows_a_viewer_no_stack(
    ui: GuardedUi,
    viewer: Mapping[str, str],
    editor: Mapping[str, str],
    failed_run: str,
) -> None:
    query = shipped_queries()["RunLogsQuery"]
    of_run = {"runId": failed_run, "limit": 1000}
    to_editor = ui.graphql(query, editor, variables=of_run).body.decode()
    to_viewer = ui.graphql(query, viewer, variables=of_run).body.decode()

    assert len(revealing(to_editor)) == len(INSIDES)
    assert revealing(to_viewer) == []
    assert FAILED in to_viewer


def test_a_subscription_shows_a_viewer_no_stack(
    ui: GuardedUi, viewer: Mapping[str, str], failed_run: str
) -> None:
    payload = {
        "query": shipped_queries()["PipelineRunLogsSubscription"],
        "variables": {"runId": failed_run, "cursor": None},
    }
    with ui.websocket(viewer) as connection:
        connection.send(json.dumps({"type": "start", "id": "1", "payload": payload}))
        answer = str(connection.recv(timeout=60))

    assert FAILED in answer
    assert revealing(answer) == []


@pytest.mark.parametrize(
    "subscription",
    [
        "subscription { nothing }",
        "subscription { " + "locationStateChangeEvents { event { message } } " * 300 + "}",
        "subscription($x: Int!) { locationStateChangeEvents { event { message } } }",
    ],
    ids=["unknown", "too_much", "no_variable"],
)
def test_a_subscription_that_cannot_be_is_answered_with_a_reason(
    ui: GuardedUi, viewer: Mapping[str, str], subscription: str
) -> None:
    with ui.websocket(viewer) as connection:
        start = {"type": "start", "id": "1", "payload": {"query": subscription}}
        connection.send(json.dumps(start))
        answer = json.loads(connection.recv(timeout=60))

    assert answer["type"] == "error"
    assert answer["payload"]["message"]


ERROR = "message stack className cause { stack } causes { stack } errorChain { error { stack } }"
CHECK = 'assetKey: {path: ["x"]}, checkName: "x", limit: 1, cursor: "x"'


@pytest.mark.parametrize(
    "query",
    [
        f'{{ logsForRun(runId: "RUN", afterCursor: "x") {{ ... on PythonError {{ {ERROR} }} }} }}',
        '{ runsFeedOrError(limit: 1, cursor: "x", view: RUNS) { __typename } }',
        f"{{ assetCheckExecutions({CHECK}) {{ id }} }}",
    ],
    ids=["error_of_dagster", "failed_field", "another_failed_field"],
)
def test_a_failure_is_plain_to_a_viewer(
    ui: GuardedUi, viewer: Mapping[str, str], editor: Mapping[str, str], failed_run: str, query: str
) -> None:
    asked = query.replace('RUN"', f'{failed_run}"')
    to_editor = ui.graphql(asked, editor).body.decode()
    to_viewer = ui.graphql(asked, viewer).body.decode()

    assert ".py" in to_editor
    assert FAILED in to_viewer
    for inside in (".py", "binascii", "Invariant", "int()", "errorInfo", "Error:"):
        assert inside not in to_viewer


@pytest.mark.parametrize("path", ["/download_debug/{}", "/logs/{}/compute_logs/broken.err"])
def test_whole_runs_and_the_output_of_steps_are_for_editors(
    ui: GuardedUi, viewer: Mapping[str, str], failed_run: str, path: str
) -> None:
    for spelling in (path, path.replace("_", "%5f"), path + "/", "/" + path):
        answer = ui.request("GET", spelling.format(failed_run), viewer)
        assert revealing(answer.body.decode(errors="replace")) == [] or b"<html" in answer.body
    assert ui.request("GET", path.format(failed_run), viewer).status == 403


def test_the_output_of_steps_is_for_editors_in_graphql(
    ui: GuardedUi, viewer: Mapping[str, str]
) -> None:
    query = '{ capturedLogs(logKey: ["x", "compute_logs", "y"]) { stdout stderr } }'

    assert ui.data(query, viewer)["capturedLogs"] == dict.fromkeys(
        ("stdout", "stderr"), EDITORS_ONLY
    )

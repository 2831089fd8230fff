"""With ``log_format = "json"`` every process of the service writes JSON lines, its runs too."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from resources.configuration.log_lines import REQUEST_TAG
from tests.support.running_service import RunningService, running_service, wait_until

NOISY = """
import logging
import dagster as dg
from resources.orchestration.json_console import json_console

@dg.op
def noisy_op(context):
    context.log.warning("said by Dagster")
    logging.getLogger("ours").warning("said by us")

@dg.job
def noisy():
    noisy_op()

@dg.sensor(minimum_interval_seconds=1, default_status=dg.DefaultSensorStatus.RUNNING)
def noisy_sensor(context):
    context.log.info("said by a sensor")
    return dg.SkipReason("nothing")

defs = dg.Definitions(
    jobs=[noisy],
    sensors=[noisy_sensor],
    loggers={"console": json_console}, executor=dg.in_process_executor
)
"""
LAUNCH = """mutation Launch($params: ExecutionParams!) {
  launchRun(executionParams: $params) { __typename ... on LaunchRunSuccess { run { runId } } }
}"""
PARAMS = {
    "selector": {
        "repositoryLocationName": "media",
        "repositoryName": "__repository__",
        "jobName": "noisy",
    },
    "executionMetadata": {"tags": [{"key": REQUEST_TAG, "value": "the-request"}]},
}
STATUS = "query Status($id: ID!) { runOrError(runId: $id) { ... on Run { status } } }"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    code = tmp_path_factory.mktemp("code") / "noisy.py"
    code.write_text(NOISY)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MEDIA_LOG_FORMAT", "json")
        with running_service(tmp_path_factory.mktemp("json"), code) as running:
            yield running


def lines_of(path: Path) -> list[dict[str, Any]]:
    """Every line of a file; each must be one JSON object."""
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_what_media_up_says_is_json(service: RunningService) -> None:
    said = [json.loads(line) for line in service.said]

    assert all(line["service"] == "media" for line in said)
    assert said[-1]["event"] == "Ctrl-C stops everything."


def test_a_request_is_one_line_with_the_id_of_its_answer(service: RunningService) -> None:
    answer = service.request("GET", "/gallery/home?batch=secret", {})
    log = service.settings.media_home.dagster / "logs" / "webserver.log"

    def told() -> list[dict[str, Any]]:
        return [one for one in lines_of(log) if one["event"] == "GET /gallery/home"]

    wait_until(lambda: bool(told()))
    (line,) = told()
    assert line["request_id"] == answer.headers["X-Request-Id"]
    assert (line["service"], line["status"]) == ("webserver", answer.status)


def test_a_run_writes_json_with_its_id_and_the_request_that_asked_for_it(
    service: RunningService,
) -> None:
    run_id = service.graphql(LAUNCH, params=PARAMS)["launchRun"]["run"]["runId"]

    def has_ended() -> bool:
        status = service.graphql(STATUS, id=run_id)["runOrError"]["status"]
        assert status != "FAILURE"
        return bool(status == "SUCCESS")

    wait_until(has_ended)
    folder = service.settings.media_home.dagster / "compute_logs" / run_id
    written = [line for path in folder.rglob("*.err") for line in lines_of(path)]

    said = {line["event"].rpartition(" - ")[2]: line for line in written}
    assert {said[event]["run_id"] for event in ("said by Dagster", "said by us")} == {run_id}
    assert said["said by Dagster"]["request_id"] == "the-request"
    assert said["said by Dagster"]["step_key"] == "noisy_op"


def test_every_log_of_the_service_is_json_lines(service: RunningService) -> None:
    logs = service.settings.media_home.dagster / "logs"
    wait_until(lambda: "said by a sensor" in (logs / "code_server.log").read_text())

    for log in logs.glob("*.log"):
        for line in lines_of(log):
            assert line["service"] in (log.stem, "run"), "a run begins in the code server's log"

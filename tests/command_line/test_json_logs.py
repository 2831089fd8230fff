"""With ``log_format = "json"`` every process of the service writes JSON lines, its runs too."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.running_service import RunningService, running_service, wait_until

LAUNCH = """mutation Launch($batch: String!) {
  launchRun(executionParams: {
    selector: {repositoryLocationName: "media", repositoryName: "__repository__", jobName: "noisy"},
    executionMetadata: {tags: [{key: "media/request_id", value: $batch}]}
  }) { __typename ... on LaunchRunSuccess { run { runId } } }
}"""
STATUS = "query Status($id: ID!) { runOrError(runId: $id) { ... on Run { status } } }"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MEDIA_LOG_FORMAT", "json")
        with running_service(tmp_path_factory.mktemp("json")) as running:
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

    (line,) = [one for one in lines_of(log) if one["event"] == "GET /gallery/home"]
    assert line["request_id"] == answer.headers["X-Request-Id"]
    assert (line["service"], line["status"]) == ("webserver", answer.status)


def test_every_log_of_the_service_is_json_lines(service: RunningService) -> None:
    for log in (service.settings.media_home.dagster / "logs").glob("*.log"):
        for line in lines_of(log):
            assert line["service"] == log.stem

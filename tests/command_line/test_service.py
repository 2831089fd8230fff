"""The service as a user has it: it comes up, works through a run, refuses doubles, ends cleanly."""

import os
import signal
import socket
import time
from pathlib import Path

import dagster as dg
import pytest

from command_line.service.service_lock import is_service_running
from resources.configuration.media_home import MediaHome
from resources.configuration.settings import Settings
from resources.orchestration.dagster_home import open_dagster
from tests.support.dagster_samples import THUMB, range_tags, statuses
from tests.support.running_service import (
    RunningService,
    children,
    free_port,
    group_of,
    members,
    running_service,
    start_up,
    wait_until,
)

IMAGES = ["e1", "bad-e2", "e3"]
LAUNCH = """mutation Launch($job: String!, $tags: [ExecutionTag!]) {
  launchRun(executionParams: {
    selector: {
      repositoryLocationName: "media", repositoryName: "__repository__", jobName: $job
    },
    runConfigData: {}, executionMetadata: {tags: $tags}
  }) { ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } __typename }
}"""
SLOW_DEFINITIONS = """
import time
import dagster as dg
from pathlib import Path

@dg.op
def sleep():
    Path("{flag}").touch()
    time.sleep(120)

@dg.job
def slow():
    sleep()

defs = dg.Definitions(jobs=[slow], executor=dg.in_process_executor)
"""
LONGEST_STOP_SECONDS = 15
"""About 10 s promised; the machine that tests may be busy."""


def launch(service: RunningService, job: str, tags: dict[str, str]) -> str:
    pairs = [{"key": key, "value": value} for key, value in tags.items()]
    answer = service.graphql(LAUNCH, job=job, tags=pairs)["launchRun"]
    assert answer["__typename"] == "LaunchRunSuccess", answer
    return str(answer["run"]["runId"])


def run_of(instance: dg.DagsterInstance, run_id: str) -> dg.DagsterRun:
    run = instance.get_run_by_id(run_id)
    assert run
    return run


def test_it_says_where_to_look_and_where_to_drop_pictures(service: RunningService) -> None:
    said = "\n".join(service.said)

    assert f"http://127.0.0.1:{service.settings.port}" in said
    assert str(service.settings.home / "landing") in said


def test_a_run_asked_for_in_the_ui_reports_image_by_image(service: RunningService) -> None:
    """Queue, daemon, code server, run worker and storage, all as in production."""
    with open_dagster(service.settings) as instance:
        instance.add_dynamic_partitions("sample_images", IMAGES)
        run_id = launch(service, "process_samples", range_tags(IMAGES))
        wait_until(lambda: "dagster/will_retry" in run_of(instance, run_id).tags)

        run = run_of(instance, run_id)
        assert run.status == dg.DagsterRunStatus.FAILURE
        assert run.tags["media/planned"] == "true"
        assert run.tags["dagster/will_retry"] == "false"
        assert statuses(instance, THUMB, IMAGES) == {
            "e1": "MATERIALIZED",
            "bad-e2": "FAILED",
            "e3": "MATERIALIZED",
        }


def test_a_second_service_on_the_same_home_is_refused(service: RunningService) -> None:
    assert is_service_running(service.settings.media_home)
    with start_up(Settings(home=service.settings.home, port=free_port())) as second:
        said = second.communicate(timeout=60)[0]

    assert second.returncode == 1
    assert f"a service already runs on {service.settings.home}" in said


def test_a_port_in_use_is_refused(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with start_up(Settings(home=tmp_path, port=port)) as process:
            said = process.communicate(timeout=60)[0]

    assert process.returncode == 1
    assert f"cannot listen on 127.0.0.1:{port}" in said
    assert not is_service_running(MediaHome(tmp_path))


def test_definitions_that_do_not_load_are_shown_with_their_error(tmp_path: Path) -> None:
    broken = tmp_path / "broken.py"
    broken.write_text("raise RuntimeError('no such \\x1b[31mthing')")
    with start_up(Settings(home=tmp_path, port=free_port()), broken) as process:
        said = process.communicate(timeout=60)[0]

    assert process.returncode == 1
    assert "the code server ended with exit code 1" in said
    assert str(tmp_path / "dagster" / "logs" / "code_server.log") in said
    assert "RuntimeError: no such " in said
    assert "\x1b[31m" not in said


@pytest.mark.slow
def test_stopping_ends_a_run_in_progress_which_the_next_start_retries(tmp_path: Path) -> None:
    flag = tmp_path / "is_running"
    definitions = tmp_path / "slow.py"
    definitions.write_text(SLOW_DEFINITIONS.format(flag=flag))
    with running_service(tmp_path, definitions) as service:
        run_id = launch(service, "slow", {})
        wait_until(flag.exists)
        groups = {group_of(pid) for pid in children(service.process.pid)}
        workers = [pid for group in groups if group for pid in members(group)]
        asked = time.monotonic()
        service.process.send_signal(signal.SIGINT)
        said = service.process.communicate(timeout=60)[0]
        took = time.monotonic() - asked

    assert service.process.returncode == 0
    assert "stopped" in said
    assert took < LONGEST_STOP_SECONDS
    assert len(workers) > 4
    assert not [pid for group in groups if group for pid in members(group)]
    with open_dagster(service.settings) as instance:
        run = run_of(instance, run_id)
        assert run.status == dg.DagsterRunStatus.FAILURE
        assert run.tags["dagster/will_retry"] == "true"


@pytest.mark.slow
def test_when_one_process_dies_the_service_names_it_and_ends(tmp_path: Path) -> None:
    with running_service(tmp_path) as service:
        groups = [group_of(pid) for pid in children(service.process.pid)]
        [daemon] = [
            pid
            for pid in children(service.process.pid)
            if b"dagster._daemon" in Path(f"/proc/{pid}/cmdline").read_bytes()
        ]
        os.kill(daemon, signal.SIGKILL)
        said = service.process.communicate(timeout=60)[0]

    assert service.process.returncode == 1
    assert "the daemon ended with exit code -9" in said
    assert not [pid for group in groups if group for pid in members(group)]


def test_the_address_of_the_code_server_is_of_the_user_alone(service: RunningService) -> None:
    workspace = (service.settings.media_home.dagster / "workspace.yaml").read_text()
    [address] = [line.split()[-1] for line in workspace.splitlines() if "socket:" in line]
    folder = Path(address).parent

    assert folder.stat().st_mode & 0o077 == 0
    assert folder.stat().st_uid == os.getuid()

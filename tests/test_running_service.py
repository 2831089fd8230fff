"""What tests start ends with them: a service or process left behind once held CI up forever."""

import contextlib
import subprocess
import sys
from pathlib import Path

from tests.support.child_processes import started
from tests.support.running_service import children, is_alive, running_service

DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(); time.sleep(60)"


class FailedTest(Exception):
    """As if an assertion had not held."""


def test_the_service_ends_with_a_test_that_fails(tmp_path: Path) -> None:
    with contextlib.suppress(FailedTest), running_service(tmp_path) as service:
        processes = [service.process.pid, *children(service.process.pid)]
        raise FailedTest

    assert len(processes) > 3
    assert [pid for pid in processes if is_alive(pid)] == []


def test_a_process_that_ignores_the_request_is_killed() -> None:
    command = [sys.executable, "-c", DEAF]
    with (
        contextlib.suppress(FailedTest),
        started(command, grace_seconds=0.2, stdout=subprocess.PIPE) as process,
    ):
        process.stdout.readline()
        raise FailedTest

    assert process.returncode == -9

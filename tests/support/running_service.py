"""Starts the real service in a process of its own, on the tiny code location of dagster_samples."""

import contextlib
import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from typing import Any

from resources.configuration.settings import Settings
from tests.support import dagster_samples
from tests.support.child_processes import started

UP = """
import sys
from pathlib import Path
from command_line.service.service import run_service
from resources.configuration.settings import Settings
run_service(Settings(), definitions=Path(sys.argv[1]))
"""
READY = "Ctrl-C stops everything."
PATIENCE_SECONDS = 60.0

GRACE_SECONDS = 30.0
"""The service ends its processes within 12 s; the machine that tests may be busy."""


@dataclass(frozen=True)
class Answer:
    """An HTTP response, read to its end."""

    status: int
    headers: Message
    body: bytes


@dataclass(frozen=True)
class RunningService:
    """A service that has said that it is ready, and the lines it had said before."""

    settings: Settings
    process: subprocess.Popen[str]
    said: list[str]

    def request(
        self, method: str, path: str, headers: Mapping[str, str], body: str | None = None
    ) -> Answer:
        """One HTTP request with exactly these headers; ``Host`` is the real one by default."""
        to = http.client.HTTPConnection("127.0.0.1", self.settings.port, timeout=30)
        with contextlib.closing(to) as connection:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in {"Host": f"localhost:{self.settings.port}", **headers}.items():
                connection.putheader(name, value)
            connection.putheader("Content-Length", str(len(body or "")))
            connection.endheaders((body or "").encode())
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())

    def graphql(self, query: str, **variables: object) -> Any:
        """The ``data`` of a GraphQL answer, asked for as a command line client does."""
        body = json.dumps({"query": query, "variables": variables})
        response = self.request("POST", "/graphql", {"Content-Type": "application/json"}, body)
        answer = json.loads(response.body)
        assert "errors" not in answer, answer
        return answer["data"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def start_up(
    settings: Settings, definitions: Path | None = None
) -> Iterator[subprocess.Popen[str]]:
    """``media up`` for these settings, ended with the block; what it says comes from its stdout."""
    chosen = definitions or Path(str(dagster_samples.__file__))
    environment = {
        **os.environ,
        "MEDIA_HOME": str(settings.home),
        "MEDIA_PORT": str(settings.port),
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "PYTHONUNBUFFERED": "1",
        "COLUMNS": "300",
    }
    with started(
        [sys.executable, "-c", UP, str(chosen)],
        grace_seconds=GRACE_SECONDS,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as process:
        yield process


@contextlib.contextmanager
def running_service(home: Path, definitions: Path | None = None) -> Iterator[RunningService]:
    """A service that is ready; it is stopped when the context closes, by an error too."""
    settings = Settings(home=home, port=free_port())
    with start_up(settings, definitions) as process:
        assert process.stdout
        said = []
        for line in process.stdout:
            said.append(line.strip())
            if READY in line:
                break
        else:
            raise AssertionError(said)
        yield RunningService(settings, process, said)


def wait_until(is_so: Callable[[], bool], seconds: float = PATIENCE_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.1)


def children(pid: int) -> list[int]:
    """The processes that ``pid`` has started and that have not ended."""
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in listed if is_alive(int(child))]


def members(group: int) -> list[int]:
    """The living processes of a process group."""
    pids = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]
    return [pid for pid in pids if is_alive(pid) and group_of(pid) == group]


def group_of(pid: int) -> int | None:
    with contextlib.suppress(ProcessLookupError):
        return os.getpgid(pid)
    return None


def is_alive(pid: int) -> bool:
    """Whether the process exists and is not merely waiting for its parent to notice its end."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False

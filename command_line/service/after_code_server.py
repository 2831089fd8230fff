"""Runs a module as a program when the code server answers; its imports are done while it waits.

    python -m command_line.service.after_code_server SOCKET MODULE ARGUMENTS ...

The daemon and the web server ask the code server for the definitions first of all, and give up on
them when it does not answer yet.
"""

import importlib
import runpy
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from dagster._core.errors import DagsterUserCodeUnreachableError
from dagster._grpc.client import DagsterGrpcClient

from command_line.queries.preparation import configured_home
from resources.configuration.file_modes import keep_private
from resources.configuration.settings import Settings

DAEMON = "dagster._daemon"
NEEDED = {
    DAEMON: ("dagster._daemon.cli", "dagster._core.workspace.context"),
    "web.guarded_webserver": ("dagster_webserver.app", "web.guard.dagster_ui", "uvicorn"),
}
"""What each program imports only when it runs."""

LOOK_SECONDS = 0.05


def main(socket: Path, module: str, arguments: Sequence[str]) -> None:
    """Import, wait, run."""
    keep_private(configured_home().root)
    if module == DAEMON and (settings := Settings()).log_format == "json":
        from resources.orchestration.dagster_logs import write_dagster_json_lines  # only here

        write_dagster_json_lines(settings, service="daemon")
    for name in NEEDED[module]:
        importlib.import_module(name)
    while not code_server_answers(socket):
        time.sleep(LOOK_SECONDS)
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def code_server_answers(socket: Path) -> bool:
    """Whether the code server has loaded the definitions."""
    if not socket.exists():
        return False
    try:
        DagsterGrpcClient(socket=str(socket)).ping("")
    except DagsterUserCodeUnreachableError:
        return False
    return True


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3:])

"""How Dagster's processes reach the definitions; imports little, so that the first one starts fast.

See ``code_server``.
"""

import os
import signal
from multiprocessing import forkserver, resource_tracker
from pathlib import Path

LOCATION = "media"
"""What Dagster calls it; part of every run's origin, so it stays."""

DEFINITIONS_VARIABLE = "MEDIA_DEFINITIONS"
"""Tells the fork server which file to import."""


def serve(socket: Path, definitions: Path) -> None:
    """Be the code server. Called in a process that was forked after all was imported."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    share_fork_server()
    from command_line.service.prepared_process import serve_code

    serve_code(socket, definitions)


def share_fork_server() -> None:
    """Have this process fork from the server that it was forked from itself.

    Python 3.11 would start another one, although its documentation says otherwise.
    """
    vars(forkserver._forkserver)["ensure_running"] = resource_tracker.ensure_running


def definitions_to_prepare() -> Path | None:
    """The file that the fork server imports."""
    named = os.environ.get(DEFINITIONS_VARIABLE)
    return Path(named) if named else None

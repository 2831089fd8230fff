"""The code server: Dagster's own, except that its runs are forked from a prepared process.

Dagster starts each run in a new Python, which imports everything again: 4 s of processor time, much
longer on a busy machine. Here a fork server imports the definitions once; the code server itself
and every run are forked from it, and share its memory.

    python -m command_line.service.code_server SOCKET DEFINITIONS

Uses internals of dagster 1.13 (how its server starts the process of a run) and of Python's fork
server.
"""

import os
import signal
import sys
from multiprocessing import get_context
from pathlib import Path

from command_line.queries.preparation import configured_home
from command_line.service.code_location import DEFINITIONS_VARIABLE, serve
from resources.configuration.file_modes import keep_private

PREPARED = "command_line.service.prepared_process"


def main(socket: Path, definitions: Path) -> int:
    """Run the code server until it is asked to end; its exit code."""
    keep_private(configured_home().root)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # the server decides, this process waits for it
    vars(sys.modules["__main__"]).update(__spec__=None, __file__=None)  # not for the forked ones
    os.environ[DEFINITIONS_VARIABLE] = str(definitions)
    context = get_context("forkserver")
    context.set_forkserver_preload([PREPARED])
    server = context.Process(target=serve, args=(socket, definitions))
    server.start()
    server.join()
    code = server.exitcode or 0
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))

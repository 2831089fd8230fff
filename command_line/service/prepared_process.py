"""What the code server and its runs have imported before they are forked (see ``code_server``).

Nothing here may use a library in a way that starts threads: a forked process would lack them.
"""

import gc
import sys
from importlib import import_module
from multiprocessing import get_context
from multiprocessing.context import ForkServerContext
from pathlib import Path

from dagster._cli.api import grpc_command
from dagster._core.code_pointer import load_python_file
from dagster._grpc import server
from dagster._grpc.impl import start_run_in_subprocess
from dagster._grpc.types import ExecuteExternalJobArgs
from dagster._serdes import deserialize_value

from command_line.service.code_location import LOCATION, definitions_to_prepare
from media_assets import DERIVATIVES
from resources.configuration.settings import Settings
from resources.decoding.decoder_fork_server import start_fork_server
from resources.orchestration.dagster_logs import write_dagster_json_lines
from resources.orchestration.run_locks import hold_run_lock

SLOW_TO_IMPORT = ("lance_namespace",)
"""What a run would need seconds to import: LanceDB brings hundreds of classes of a REST client, 0.9
CPU-seconds. LanceDB itself starts a thread when it is imported, and so is left to the run."""


def start_run(serialized_args: str, *others: object) -> None:
    """The whole life of a run's process: it holds the run's lock from its first moment on."""
    args = deserialize_value(serialized_args, ExecuteExternalJobArgs)
    settings = Settings()
    if settings.log_format == "json":
        write_dagster_json_lines(settings, service="run", run_id=args.run_id)
    hold_run_lock(settings.media_home, args.run_id)
    start_run_in_subprocess(serialized_args, *others)  # type: ignore[no-untyped-call]  # Dagster's


class ForkingApiServer(server.DagsterApiServer):
    """Dagster's code server, whose runs are forked from the fork server of its own process."""

    def __init__(self, *args: object, **settings: object) -> None:
        super().__init__(*args, **settings)  # type: ignore[arg-type]  # passed on
        context: ForkServerContext = get_context("forkserver")
        self._mp_ctx = context  # type: ignore[assignment]  # Dagster knows only "spawn"


def serve_code(socket: Path, definitions: Path) -> None:
    """Serve the definitions on a Unix socket until SIGTERM or SIGINT."""
    if (settings := Settings()).log_format == "json":
        write_dagster_json_lines(settings, service="code_server")
    server.DagsterApiServer = ForkingApiServer  # type: ignore[misc]  # Dagster has no setting for it
    server.start_run_in_subprocess = start_run  # type: ignore[attr-defined]  # the same
    grpc_command.main(
        [
            *("--socket", str(socket), "--location-name", LOCATION),
            *("--python-file", str(definitions)),
            *("--working-directory", str(definitions.parent)),
            *("--use-python-environment-entry-point", "--log-level", "warning"),
        ],
        prog_name="code_server",
    )


def prepare(definitions: Path) -> None:
    """Import the definitions; the code server reports what is wrong with them, if anything is."""
    try:
        load_python_file(definitions, str(definitions.parent))
    except Exception:  # noqa: BLE001 - the code server loads them again and says so
        sys.modules.pop(definitions.stem, None)
        return
    for name in SLOW_TO_IMPORT:
        import_module(name)
    start_fork_server([DERIVATIVES])  # of the decoders of all runs to come
    gc.freeze()


if found := definitions_to_prepare():
    prepare(found)

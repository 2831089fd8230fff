"""``media up``: the whole service, until Ctrl-C.

Three processes of Dagster's production layout: one code server (runs work in its children), one
daemon (sensors, schedules, the run queue) and the web UI. Each logs to its own file. When one of
them dies the service ends and says so; nothing is restarted behind the user's back.

The code server is reached through a socket in a folder of the user alone: it executes code for
everybody who can connect to it.
"""

import errno
import hashlib
import http.client
import logging
import math
import os
import shutil
import signal
import socket
import stat
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

import dagster as dg
from dagster_shared.yaml_utils import dump_run_config_yaml
from filelock import FileLock, Timeout
from rich.text import Text

from command_line.service.code_location import LOCATION
from command_line.service.service_lock import service_lock
from command_line.service.service_processes import ServiceProcess, ServiceProcesses
from command_line.terminal.console import CommandError, out
from command_line.terminal.work import work
from resources.configuration.log_lines import write_json_lines
from resources.configuration.media_home import MediaHome
from resources.configuration.settings import Settings
from resources.display_text import plain_text
from resources.orchestration.clock_steps import TOLERATED_SECONDS, wake_sensors
from resources.orchestration.dagster_home import REPOSITORY, open_dagster, write_if_changed
from resources.orchestration.run_locks import fail_dead_runs
from web.guard.origins import EVERY_ADDRESS
from web.guarded_webserver import LoginMissing, require_login

DEFINITIONS = REPOSITORY / "definitions.py"
START_SECONDS = 180.0
"""Dagster's own limit for loading a code location; a laptop needs about 10 s for all three."""

LOCK_SECONDS = 1.0
"""Longer than ``is_service_running`` of another process holds the lock."""

ANSWERS = frozenset({http.HTTPStatus.OK, http.HTTPStatus.UNAUTHORIZED, http.HTTPStatus.FORBIDDEN})
"""With a login the UI answers 401 to a check whether it is there; 403 behind a proxy."""

LOOK_SECONDS = 0.2
logger = logging.getLogger(__name__)
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def run_service(settings: Settings, *, definitions: Path = DEFINITIONS) -> None:
    """Run the service until Ctrl-C or SIGTERM.

    Raises CommandError (exit code 1) when a service already runs on this MEDIA_HOME, when the port
    is taken, and when one of the processes dies.
    """
    try:
        require_login(settings.host, settings)
    except LoginMissing as error:
        raise CommandError(str(error), hint=error.hint) from error
    if settings.log_format == "json":
        write_json_lines(settings, service="media")
    settings.media_home.create()
    with (
        only_service(settings),
        stop_requests() as stop,
        socket_folder(settings.media_home) as folder,
        open_dagster(settings) as instance,
    ):
        refuse_taken_port(settings)
        for run_id in fail_dead_runs(instance, settings.media_home):
            say(settings, f"run {run_id}: its process had died, so it was ended")
        with ServiceProcesses(settings.media_home.dagster / "logs") as processes:
            with start_shown(settings):
                start_all(settings, instance, processes, stop, folder / "code_server", definitions)
            if not stop.is_set():
                announce(settings)
            watch(processes, instance, stop)
            say(settings, "stopping ...")
    say(settings, "stopped")


def watch(processes: ServiceProcesses, instance: dg.DagsterInstance, stop: threading.Event) -> None:
    """Return when asked to stop. Raises CommandError on a death; survives steps of the clock."""
    offset_s = math.inf
    while not stop.wait(LOOK_SECONDS):
        refuse_death(processes)
        before, offset_s = offset_s, time.time() - time.monotonic()
        if offset_s < before - TOLERATED_SECONDS:
            wake_sensors(instance)


def start_all(
    settings: Settings,
    instance: dg.DagsterInstance,
    processes: ServiceProcesses,
    stop: threading.Event,
    code_socket: Path,
    definitions: Path,
) -> None:
    """Start the three processes and return when all answer, or when asked to stop."""
    began = time.time()
    workspace = settings.media_home.dagster / "workspace.yaml"
    server = {"grpc_server": {"socket": str(code_socket), "location_name": LOCATION}}
    write_if_changed(workspace, dump_run_config_yaml({"load_from": [server]}))

    after = ("-m", "command_line.service.after_code_server", str(code_socket))
    processes.start("code_server", *code_server(code_socket, definitions))
    processes.start("daemon", *after, *daemon(workspace))
    processes.start("webserver", *after, *webserver(settings, workspace))
    wait_until(lambda: webserver_answers(settings), processes, stop)
    wait_until(lambda: daemons_beat(instance, began), processes, stop)


def webserver(settings: Settings, workspace: Path) -> list[str]:
    """The guarded web UI: its module and arguments."""
    allowed = [word for name in settings.allowed_hosts for word in ("--allow-host", name)]
    where = [settings.host, str(settings.port), str(workspace)]
    return ["web.guarded_webserver", *where, *allowed]


def code_server(code_socket: Path, definitions: Path) -> list[str]:
    """The command line of the code server."""
    return ["-m", "command_line.service.code_server", str(code_socket), str(definitions)]


def daemon(workspace: Path) -> list[str]:
    """The daemon: its module and arguments. Its ticks are in the UI; the log is for errors."""
    return ["dagster._daemon", "run", "--workspace", str(workspace), "--log-level", "warning"]


def wait_until(
    is_ready: Callable[[], bool], processes: ServiceProcesses, stop: threading.Event
) -> None:
    """Return when ready or asked to stop. Raises CommandError on a death or after START_SECONDS."""
    deadline = time.monotonic() + START_SECONDS
    while not stop.is_set() and not is_ready():
        refuse_death(processes)
        if time.monotonic() > deadline:
            raise died(processes.started[-1], f"did not answer within {START_SECONDS:.0f} s")
        stop.wait(LOOK_SECONDS)


def refuse_death(processes: ServiceProcesses) -> None:
    """Raise CommandError when a process of the service has ended by itself."""
    if dead := processes.first_dead():
        raise died(dead, f"ended with exit code {dead.exit_code}")


def died(process: ServiceProcess, what: str) -> CommandError:
    """The error that names the process, its log and the log's last lines."""
    words = "\n       ".join(plain_text(line) for line in process.last_words().splitlines())
    name = process.name.replace("_", " ")
    return CommandError(f"the {name} {what}; its log: {process.log}", hint=words or "(empty log)")


def webserver_answers(settings: Settings) -> bool:
    """Whether the UI can be opened."""
    host = "127.0.0.1" if settings.host in EVERY_ADDRESS else settings.host
    connection = http.client.HTTPConnection(host, settings.port, timeout=5)
    try:
        connection.request("GET", "/server_info")
        return connection.getresponse().status in ANSWERS
    except OSError:
        return False
    finally:
        connection.close()


def daemons_beat(instance: dg.DagsterInstance, since: float) -> bool:
    """Whether every daemon has reported since ``since`` (seconds of the clock)."""
    beats = instance.get_daemon_heartbeats()
    needed = instance.get_required_daemon_types()
    return all(kind in beats and beats[kind].timestamp >= since for kind in needed)


def announce(settings: Settings) -> None:
    """Show the user where to look and where to drop files."""
    name = "localhost" if settings.host in EVERY_ADDRESS else settings.host
    say(settings, f"pictures: http://{name}:{settings.port}", style="bold")
    say(settings, f"Dagster:  http://{name}:{settings.port}/dagster", style="bold")
    for root in settings.roots:
        say(settings, f"landing:  {plain_text(str(root.path))}  ({root.name}, {root.mode})")
    say(settings, f"logs:     {plain_text(str(settings.media_home.dagster / 'logs'))}")
    say(settings, "Ctrl-C stops everything.")


def start_shown(settings: Settings) -> AbstractContextManager[object]:
    """Tell whoever waits that the service is starting."""
    what = "starting the code server, the daemon and the web UI"
    if settings.log_format == "text":
        return work.shown(what)
    say(settings, what)
    return nullcontext()


def say(settings: Settings, line: str, *, style: str = "") -> None:
    """One line for whoever started the service, or a line of JSON where logs are such lines."""
    if settings.log_format == "json":
        logger.info("%s", line)
    else:
        out.print(Text(line, style=style))


@contextmanager
def only_service(settings: Settings) -> Iterator[None]:
    """Hold the service lock. Raises CommandError when another service has it."""
    lock = FileLock(service_lock(settings.media_home), timeout=LOCK_SECONDS)
    try:
        held = lock.acquire()
    except Timeout as error:
        raise CommandError(
            f"a service already runs on {settings.home}",
            hint="use that one, stop it with Ctrl-C, or choose another --home",
        ) from error
    with held:
        yield


@contextmanager
def stop_requests() -> Iterator[threading.Event]:
    """An event that Ctrl-C, SIGTERM and the closing of the terminal set."""
    stop = threading.Event()
    before = {number: signal.signal(number, lambda *_: stop.set()) for number in STOPPING}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def socket_folder(home: MediaHome) -> Iterator[Path]:
    """A folder for sockets that nobody else may enter, the same at each start.

    Not below MEDIA_HOME: a socket's path may have 107 bytes at most, and shared folders have no
    sockets. Raises CommandError when another user has taken the name.
    """
    name = hashlib.sha256(os.fsencode(home.root)).hexdigest()[:12]
    folder = Path(tempfile.gettempdir()) / f"media-{os.getuid()}-{name}"
    folder.mkdir(mode=0o700, exist_ok=True)
    status = folder.lstat()
    is_private = status.st_uid == os.getuid() and stat.S_IMODE(status.st_mode) & 0o077 == 0
    if not stat.S_ISDIR(status.st_mode) or not is_private:
        raise CommandError(f"{folder} is not a private folder of yours", hint="remove it")
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def refuse_taken_port(settings: Settings) -> None:
    """Raise CommandError when something already listens on the UI's port."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            taken = error.errno == errno.EADDRINUSE
            raise CommandError(
                f"cannot listen on {settings.host}:{settings.port}: {error.strerror}",
                hint="choose another port: MEDIA_PORT=3001 media up" if taken else None,
            ) from error

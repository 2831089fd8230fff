"""However the starting process ends, everything that it and its children started ends too."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from command_line.service.process_guard import GRACE_SECONDS
from command_line.service.service_processes import ServiceProcesses
from tests.support.child_processes import started
from tests.support.running_service import is_alive, wait_until

SLEEPER = "import time; time.sleep(120)"
PARENT = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {SLEEPER!r}])"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {SLEEPER}"
STARTER = """
import sys, time
from contextlib import suppress
from pathlib import Path
from command_line.service.service_processes import ServiceProcesses
with ServiceProcesses(Path(sys.argv[1])) as processes:
    processes.start("parent", "-c", sys.argv[2])
    processes.start("stubborn", "-c", sys.argv[3])
    print(*(one.process.pid for one in processes.started), flush=True)
    time.sleep(120)
"""


def test_the_children_of_a_killed_process_end(tmp_path: Path) -> None:
    command = [sys.executable, "-c", STARTER, str(tmp_path), PARENT, STUBBORN]
    with started(command, stdout=subprocess.PIPE) as starter:
        assert starter.stdout
        parent, stubborn = map(int, starter.stdout.readline().split())
        children = Path(f"/proc/{parent}/task/{parent}/children")
        wait_until(lambda: children.read_text().strip() != "")
        grandchild = int(children.read_text())
        starter.send_signal(signal.SIGKILL)

    everyone = (parent, grandchild, stubborn)
    wait_until(lambda: not any(map(is_alive, everyone)), 3 * GRACE_SECONDS + 5)


@pytest.fixture
def signals_as_usual() -> Iterator[None]:
    """Whoever started the tests may have them ignore SIGTERM, and children inherit that."""
    before = signal.signal(signal.SIGTERM, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.mark.usefixtures("signals_as_usual")
def test_closing_ends_all_and_takes_no_longer_than_needed(tmp_path: Path) -> None:
    with ServiceProcesses(tmp_path) as processes:
        processes.start("parent", "-c", PARENT)
        processes.start("sleeper", "-c", SLEEPER)
        assert processes.first_dead() is None

    assert [one.exit_code for one in processes.started] == [-signal.SIGTERM, -signal.SIGTERM]


def test_a_process_that_ends_by_itself_is_named_with_its_last_words(tmp_path: Path) -> None:
    with ServiceProcesses(tmp_path) as processes:
        processes.start("sleeper", "-c", SLEEPER)
        processes.start("brief", "-c", "print('farewell'); raise SystemExit(7)")
        wait_until(lambda: processes.first_dead() is not None)
        dead = processes.first_dead()

    assert dead
    assert (dead.name, dead.exit_code, dead.last_words()) == ("brief", 7, "farewell")
    assert dead.log == tmp_path / "brief.log"


def test_the_log_of_the_time_before_is_kept(tmp_path: Path) -> None:
    for word in ("first", "second"):
        with ServiceProcesses(tmp_path) as processes:
            processes.start("speaker", "-c", f"print({word!r})")
            wait_until(lambda: processes.first_dead() is not None)

    assert (tmp_path / "speaker.log").read_text() == "second\n"
    assert (tmp_path / "speaker.previous.log").read_text() == "first\n"


def test_a_process_is_out_of_reach_of_ctrl_c(tmp_path: Path) -> None:
    """Ctrl-C goes to the terminal's group; the service ends its processes itself, in order."""
    with ServiceProcesses(tmp_path) as processes:
        processes.start("sleeper", "-c", SLEEPER)
        [sleeper] = processes.started
        assert os.getpgid(sleeper.process.pid) != os.getpgid(0)


def names_behind(descriptors: Path) -> Iterator[str]:
    """What is open; a process that has just started closes some while one looks."""
    for path in descriptors.iterdir():
        with suppress(FileNotFoundError):
            yield path.readlink().name


def test_children_do_not_hold_the_pipe_open(tmp_path: Path) -> None:
    """Else the guard would never learn that the service is gone."""
    with ServiceProcesses(tmp_path) as processes:
        processes.start("sleeper", "-c", SLEEPER)
        [sleeper] = processes.started
        descriptors = Path(f"/proc/{sleeper.process.pid}/fd")
        opened = list(names_behind(descriptors))

    assert opened
    assert not [name for name in opened if name.startswith("pipe")]

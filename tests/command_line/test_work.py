"""What long commands say where nobody watches, and how they end when they are asked to."""

import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from rich.console import Console

from command_line.terminal import work as work_module
from command_line.terminal.work import Work
from tests.support.main_job import picture

MEDIA = Path(sys.executable).with_name("media")


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    monkeypatch.setattr(work_module, "LINE_SECONDS", 0.05)
    monkeypatch.setattr(work_module, "LOOK_SECONDS", 0.01)
    return io.StringIO()


def test_without_a_terminal_each_step_is_a_line_that_is_said_again(printed: io.StringIO) -> None:
    work = Work(Console(file=printed, width=200))
    with work.shown("getting ready"):
        work.begin("reading text")
        work.reach(3, 1200, "results")
        time.sleep(0.2)
        work.begin("reading text")
    lines = printed.getvalue().splitlines()

    assert lines[:2] == ["media: getting ready", "media: reading text"]
    assert "media: reading text, 3 of 1,200 results, 0 s" in lines[2:]
    assert lines.count("media: reading text") == 1


def test_the_name_of_a_step_cannot_write_to_the_terminal(printed: io.StringIO) -> None:
    work = Work(Console(file=printed, width=200))
    with work.shown("batch \x1b[31mred\nmedia: all is lost"):
        pass

    assert "\x1b" not in printed.getvalue()
    assert len(printed.getvalue().splitlines()) == 1


def test_in_a_terminal_the_step_is_in_the_bar(printed: io.StringIO) -> None:
    work = Work(Console(file=printed, force_terminal=True, width=80))
    with work.shown("getting ready"):
        work.begin("reading text")
        work.reach(3, 12, "results")
        time.sleep(0.3)

    assert "reading text" in printed.getvalue()
    assert "3/12" in printed.getvalue()
    assert "media: " not in printed.getvalue()


@pytest.mark.parametrize(
    ("number", "step"),
    [(signal.SIGINT, "renditions"), (signal.SIGTERM, "publishing"), (signal.SIGINT, "bringing")],
)
def test_a_command_that_is_asked_to_end_does_so_in_one_line(
    tmp_path: Path, number: signal.Signals, step: str
) -> None:
    photo = tmp_path / "a.png"
    photo.write_bytes(picture(1))
    command = [str(MEDIA), "--home", str(tmp_path / "home"), "add", str(photo), "--wait"]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "MEDIA_OCR__ENGINE": "none"},
    ) as process:
        assert process.stderr
        assert any(step in line for line in process.stderr)
        process.send_signal(number)
        said, errors = process.communicate(timeout=120)

    assert process.returncode == 128 + number
    assert said == ""
    assert errors.splitlines()[-1].startswith("media: stopped. What was finished is kept")
    assert "Traceback" not in errors


def test_a_command_that_is_stopped_while_its_parts_are_imported_says_so(tmp_path: Path) -> None:
    command = [sys.executable, "-v", "-m", "command_line", "--home", str(tmp_path), "status"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        assert any("import 'typer" in line for line in process.stderr)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)

    assert process.returncode == 128 + signal.SIGINT
    assert "media: stopped." in errors
    assert "Traceback" not in errors


LIBRARY_TAKES_THE_SIGNAL = """
import os, signal
from command_line.main import app

@app.command()
def ask() -> None:
    try:
        os.kill(os.getpid(), signal.SIGTERM)
    except KeyboardInterrupt:
        raise RuntimeError("Query interrupted") from None

app(["ask"])
"""


def test_a_signal_that_a_library_turned_into_an_error_of_its_own_ends_the_command() -> None:
    """DuckDB does so in the middle of a query."""
    command = [sys.executable, "-c", LIBRARY_TAKES_THE_SIGNAL]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode == 128 + signal.SIGTERM
    assert done.stderr.startswith("media: stopped.")


LOST = """
import os, signal, time
from command_line.terminal.interruption import Stopped, end_on_signals

class Ended:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGTERM)

end_on_signals()
try:
    Ended()
    time.sleep(30)
except Stopped as stopped:
    raise SystemExit(stopped.exit_code)
"""


def test_a_signal_that_python_drops_in_a_finalizer_comes_again() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOST], capture_output=True, timeout=25, check=False
    )

    assert (done.returncode, done.stderr) == (128 + signal.SIGTERM, b"")

"""Homes that are not there, and homes that may only be read."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.command_line.conftest import Media
from tests.support.main_job import copy_home

MEDIA = Path(sys.executable).with_name("media")
LEFT_RIGHTS = ("setpriv", "--bounding-set=-dac_override,-dac_read_search,-fowner")
"""root may write anywhere; without these rights it is a user like any other."""

READING = [
    ("status",),
    ("failures",),
    ("find", "a"),
    ("search", "picture"),
    ("search", "--where", "true"),
    ("sql", "select count(*) from images"),
    ("sql", "--live", "select count(*) from images"),
    ("export",),
]
WRITING = [("retry",), ("rebuild",), ("up",), ("user", "add", "anna")]


@pytest.fixture(scope="module")
def read_only_home(finished_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A finished home in which this user may write nothing."""
    home = copy_home(finished_home, tmp_path_factory.mktemp("read_only") / "home")
    before = {path: path.stat().st_mode for path in [home, *home.rglob("*")]}
    for path, mode in before.items():
        path.chmod(mode & ~0o222)
    yield home
    for path, mode in before.items():
        path.chmod(mode)


def run(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*(LEFT_RIGHTS if os.geteuid() == 0 else ()), str(MEDIA), *arguments],
        env={**os.environ, "MEDIA_HOME": str(home), "MEDIA_PORT": "0"},
        input="a password\na password\n",
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.mark.parametrize("command", READING, ids=" ".join)
def test_a_home_that_may_only_be_read_is_read(read_only_home: Path, command: tuple[str]) -> None:
    result = run(read_only_home, *command)

    assert result.returncode == 0, result.stderr
    assert "cannot be read" not in result.stderr
    assert result.stdout


@pytest.mark.parametrize("command", WRITING, ids=lambda command: command[0])
def test_what_may_not_be_written_is_named_with_what_to_do(
    read_only_home: Path, command: tuple[str]
) -> None:
    result = run(read_only_home, *command, *(("--password-stdin",) if command[0] == "user" else ()))

    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    assert f"{read_only_home}/" in result.stderr
    assert "Permission denied" in result.stderr
    assert "run it as the user who owns" in result.stderr


@pytest.mark.parametrize("command", [*READING, ("retry",), ("rebuild",)], ids=" ".join)
def test_a_home_that_is_not_there_is_named_and_not_made(
    command: tuple[str], media: Media, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A misspelled --home looked like an empty archive, and was left behind as a folder."""
    home = tmp_path / "misspelled"
    monkeypatch.setenv("MEDIA_HOME", str(home))

    result = media(*command)

    assert result.exit_code == 1
    assert str(home) in result.stderr
    assert "media add PATH" in result.stderr
    assert not home.exists()

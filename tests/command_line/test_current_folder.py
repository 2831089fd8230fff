"""Nothing that lies where the user happens to be is run or obeyed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from command_line.service.service_processes import ServiceProcesses
from tests.command_line.conftest import Media

ROOT = Path(__file__).parents[2]
PLANTED = ("yaml.py", "dagster.py", "typer.py", "pyvips.py", "json.py", "sitecustomize.py")


@pytest.fixture
def hostile_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "downloads"
    folder.mkdir()
    for name in PLANTED:
        (folder / name).write_text(f"open({str(tmp_path / 'run')!r}, 'a').write({name!r})\n")
    (folder / ".env").write_text("MEDIA_PORT=1\n")
    return folder


def test_the_module_started_in_a_hostile_folder_runs_none_of_it(
    hostile_folder: Path, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    done = subprocess.run(
        [sys.executable, "-m", "command_line", "--home", str(home), "status"],
        cwd=hostile_folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "run").exists()


def test_the_processes_of_the_service_run_none_of_it(
    hostile_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(hostile_folder)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    with ServiceProcesses(tmp_path / "logs") as processes:
        code = "import os, sys, yaml, dagster; print(os.getcwd(), sys.flags.safe_path)"
        processes.start("told", "-c", code)
        (one,) = processes.started
        one.process.wait(60)
        assert one.log.read_text().split() == [str(tmp_path / "logs"), "True"]
    assert not (tmp_path / "run").exists()


def test_decoders_run_none_of_it(hostile_folder: Path, tmp_path: Path) -> None:
    code = (
        "from resources.decoding.decoder_pool import DecoderPool\n"
        "from resources.configuration.settings import Limits\n"
        "if __name__ == '__main__':\n"
        "    with DecoderPool(1, Limits(), tools=()) as pool:\n"
        "        print(pool.confinement())\n"
    )
    program = tmp_path / "program.py"
    program.write_text(code)
    done = subprocess.run(
        [sys.executable, program],
        cwd=hostile_folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Confinement(" in done.stdout, done.stderr
    assert not (tmp_path / "run").exists()


def test_a_home_that_everybody_may_change_is_refused_with_the_command_that_allows_it(
    media: Media, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "configuration"))
    home = tmp_path / "home"
    home.mkdir()
    home.chmod(0o777)
    monkeypatch.setenv("MEDIA_HOME", str(home))

    refused = media("status")
    assert refused.exit_code == 1
    assert f"everybody may change {home}" in refused.output
    assert f"media trust {home}" in refused.output

    assert media("trust", str(home)).exit_code == 0
    assert media("status").exit_code == 0

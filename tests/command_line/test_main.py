"""Every command says what it is for."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from command_line.main import app
from tests.command_line.conftest import Media

README = (Path(__file__).parents[2] / "README.md").read_text()
GROUP = typer.main.get_group(app)
COMMANDS = sorted(GROUP.commands)
SHOWN = {name for name, command in GROUP.commands.items() if not command.hidden}
"""What ``media --help`` lists."""


def test_the_readme_names_every_command_that_help_shows() -> None:
    named = set(re.findall(r"[`$] ?media ([a-z]+)|`([a-z]+)(?: --\w+)?`", README))
    assert {name for pair in named for name in pair} >= SHOWN


def test_the_readme_names_no_command_that_help_hides() -> None:
    assert set(re.findall(r"\bmedia ([a-z]+)", "\n".join(re.findall(r"`.+?`", README)))) <= SHOWN
    assert "`demo`" not in README


def test_find_and_search_say_how_they_differ(media: Media) -> None:
    help_texts = [" ".join(media(name, "--help").output.split()) for name in ("find", "search")]
    assert "best first: media search" in help_texts[0]
    assert "as of now: media find" in help_texts[1]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(media: Media, command: str) -> None:
    result = media(command, "--help")

    assert result.exit_code == 0
    assert f"media {command}" in result.output.replace("root", "media")
    purpose = typer.main.get_group(app).commands[command].help
    assert purpose
    assert len(purpose) > 30
    assert purpose.split(".")[0].split()[0] in result.output


def test_the_installed_script_lists_its_commands_quickly() -> None:
    """Commands import their parts only when called."""
    script = Path(sys.executable).with_name("media")

    done = subprocess.run([script, "--help"], capture_output=True, text=True, check=True)

    assert "media add ~/Pictures --wait" in done.stdout
    modules = [sys.executable, "-c", "import command_line.main, sys; print(*sys.modules)"]
    loaded = subprocess.run(modules, capture_output=True, text=True, check=True).stdout
    assert not {"dagster", "polars", "duckdb", "pyvips"} & set(loaded.split())


def test_without_a_command_help_is_shown(media: Media) -> None:
    assert "Usage" in media().output


def test_home_is_chosen_on_the_command_line(
    media: Media, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "chosen").mkdir()
    monkeypatch.setenv("MEDIA_HOME", str(tmp_path / "other"))

    result = media("--home", str(tmp_path / "chosen"), "status", "--json")

    assert result.exit_code == 0
    assert f'"home": "{tmp_path / "chosen"}"' in result.stdout
    assert not (tmp_path / "other").exists()

"""Every file that a command writes where its user asks for it: one rule, one place."""

import os
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from command_line.commands.output_file import OutputFile
from command_line.main import app
from command_line.terminal.console import CommandError
from resources.configuration.media_home import MediaHome
from tests.command_line.conftest import Media

COMMANDS = {
    "sql": ("sql", "select 1", "-o"),
    "sql_parquet": ("sql", "select 1", "-f", "parquet", "-o"),
    "sql_live": ("sql", "select 1", "--live", "-o"),
    "export": ("export", "-o"),
    "export_parquet": ("export", "-f", "parquet", "-o"),
    "search": ("search", "dunes", "--html"),
}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = MediaHome(tmp_path / "home")
    home.create()
    home.warehouse.write_bytes(b"precious")
    monkeypatch.setenv("MEDIA_HOME", str(home.root))
    return home.root


def path_options(group: Any) -> Iterator[tuple[str, str]]:
    """The command and the name of each option whose value is a path."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from path_options(command)
            continue
        for one in command.params:
            if one.param_type_name == "option" and one.type_descriptor.annotation is Path:
                yield name, one.name


def test_no_other_option_names_a_file_to_write() -> None:
    """A new one belongs into ``COMMANDS``, and into ``OutputFile``.

    Packages are tested by themselves, and a copy of an original is only read.
    """
    found = set(path_options(typer.main.get_command(app)))
    written = {("sql", "output"), ("export", "output"), ("export", "xmp"), ("search", "html")}
    assert found == {*written, ("package", "to"), ("restore", "copy")}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("place", ["media.duckdb", "users.json", "rows/x", "landing/x.lst", "."])
def test_no_command_writes_into_the_home(
    home: Path, media: Media, command: str, place: str
) -> None:
    result = media(*COMMANDS[command], str(home / place), "--overwrite")

    said = " ".join(result.output.split())  # lines end where the terminal does
    assert result.exit_code == 1
    assert "only this system writes" in said or "is a folder" in said
    assert (home / "media.duckdb").read_bytes() == b"precious"
    assert not any((home / name).exists() for name in ("users.json", "rows/x", "landing/x.lst"))


@pytest.mark.parametrize("command", COMMANDS)
def test_no_command_replaces_a_file_unasked(
    home: Path, media: Media, tmp_path: Path, command: str
) -> None:
    del home
    target = tmp_path / "mine.csv"
    target.write_text("mine")

    result = media(*COMMANDS[command], str(target))

    assert (result.exit_code, target.read_text()) == (1, "mine")
    assert "replace it: --overwrite" in " ".join(result.output.split())


def make_hard_link(target: Path) -> None:
    (target.parent / "first name").write_text("mine")
    os.link(target.parent / "first name", target)


OTHERS: dict[str, Callable[[Path], object]] = {
    "link": lambda target: target.symlink_to("mine"),
    "link_into_the_home": lambda target: target.symlink_to("home/media.duckdb"),
    "dangling_link": lambda target: target.symlink_to("nothing"),
    "hard_link": make_hard_link,
    "pipe": os.mkfifo,
    "folder": os.mkdir,
}


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("kind", OTHERS)
@pytest.mark.timeout(60)
def test_only_regular_files_are_replaced(tmp_path: Path, kind: str) -> None:
    target = tmp_path / "x"
    (tmp_path / "mine").write_text("mine")
    OTHERS[kind](target)
    output = OutputFile(target, overwrite=True)

    with pytest.raises(CommandError):
        output.refuse()
    with pytest.raises(CommandError), output.writing() as file:
        file.write(b"other")
    assert (tmp_path / "mine").read_text() == "mine"
    assert (tmp_path / "home" / "media.duckdb").read_bytes() == b"precious"
    assert not list(tmp_path.glob(".*.partial"))


@pytest.mark.usefixtures("home")
def test_a_device_is_refused() -> None:
    with pytest.raises(CommandError):
        OutputFile(Path("/dev/null"), overwrite=True).refuse()


def test_no_way_leads_into_the_home(home: Path, tmp_path: Path) -> None:
    """Neither a linked folder on the way, nor "..", nor a relative path, nor an outer root."""
    (tmp_path / "link").symlink_to(home / "rows")
    for path in (tmp_path / "link" / "x", home / "rows" / ".." / "x", home / "rows" / "deep" / "x"):
        (home / "rows" / "deep").mkdir(exist_ok=True)
        with pytest.raises(CommandError):
            OutputFile(path, overwrite=True).refuse()


def test_a_folder_that_becomes_a_link_meanwhile_leads_nowhere(home: Path, tmp_path: Path) -> None:
    """The file lands in the folder that was looked at, whatever its name means by then."""
    folder = tmp_path / "folder"
    folder.mkdir()

    with OutputFile(folder / "media.duckdb", overwrite=True).writing() as file:
        folder.rename(tmp_path / "moved")
        folder.symlink_to(home)
        file.write(b"other")

    assert (home / "media.duckdb").read_bytes() == b"precious"
    assert (tmp_path / "moved" / "media.duckdb").read_bytes() == b"other"


def test_a_landing_root_elsewhere_is_refused(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del home
    (tmp_path / "archive" / "deep").mkdir(parents=True)
    root = f'[{{"name": "archive", "path": "{tmp_path / "archive"}"}}]'
    monkeypatch.setenv("MEDIA_LANDING_ROOTS", root)

    with pytest.raises(CommandError):
        OutputFile(tmp_path / "archive" / "deep" / "x", overwrite=False).refuse()


@pytest.mark.usefixtures("home")
def test_a_file_is_whole_or_absent(tmp_path: Path) -> None:
    target = tmp_path / "x"
    target.write_text("before")

    def write_half() -> None:
        with OutputFile(target, overwrite=True).writing() as file:
            file.write(b"half")
            file.flush()
            assert target.read_text() == "before"
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_half()
    assert target.read_text() == "before"
    assert {path.name for path in tmp_path.iterdir()} == {"x", "home"}


@pytest.mark.usefixtures("home")
def test_a_file_that_comes_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    target = tmp_path / "x"

    with pytest.raises(CommandError), OutputFile(target, overwrite=False).writing():
        target.write_text("another's")
    assert target.read_text() == "another's"


@pytest.mark.parametrize(("umask", "expected"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
def test_a_file_outside_the_home_has_the_modes_that_its_user_gives(
    home: Path, tmp_path: Path, umask: int, expected: int
) -> None:
    """As with the shell's ``>``; and never wider than the file that it replaces."""
    script = """
import sys
from pathlib import Path
from typing import Any
from command_line.commands.output_file import OutputFile
from resources.configuration.file_modes import keep_private
keep_private(Path(sys.argv[1]))
for name in sys.argv[2:]:
    with OutputFile(Path(name), overwrite=True).writing() as file:
        file.write(b"x")
"""
    new, old = tmp_path / "new", tmp_path / "old"
    old.touch()
    old.chmod(0o600)
    subprocess.run(
        [sys.executable, "-c", script, home, new, old],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        check=True,
        umask=umask,
    )

    assert stat.S_IMODE(new.stat().st_mode) == expected
    assert stat.S_IMODE(old.stat().st_mode) == 0o600


@pytest.mark.usefixtures("home")
def test_a_folder_that_is_not_there_is_one_clear_line(media: Media, tmp_path: Path) -> None:
    result = media("sql", "select 1", "-o", str(tmp_path / "none" / "x.csv"))

    assert result.exit_code == 1
    assert "cannot write to" in result.output

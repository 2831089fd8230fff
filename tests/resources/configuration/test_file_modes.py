"""Who may read what the program creates."""

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from resources.configuration.file_modes import (
    GROUP_MAY_READ,
    OWNER_ALONE,
    chosen_umask,
    too_wide,
)
from resources.configuration.media_home import MediaHome
from resources.stores.content_store import ContentStore

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]
MEDIA = [sys.executable, "-c", "from command_line.main import app; app()"]


@pytest.fixture(autouse=True)
def wide_umask() -> Iterator[None]:
    """The user's own umask lets everybody read, as on most machines."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def media(home: Path, *arguments: str | Path, **variables: str) -> str:
    """What the command prints, run as a user runs it."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "MEDIA_HOME": str(home), **variables}
    done = subprocess.run(
        [*MEDIA, *map(str, arguments)], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def rights(folder: Path) -> dict[str, int]:
    """The modes of all files and folders below, the folder itself included."""
    return {
        str(path.relative_to(folder)): stat.S_IMODE(path.lstat().st_mode)
        for path in (folder, *folder.rglob("*"))
        if not path.is_symlink()
    }


def add_a_picture(home: Path, folder: Path, **variables: str) -> None:
    """A whole run: landing, decoders, rows, tables, Dagster's storage, the search index."""
    folder.mkdir()
    (folder / "a.pgm").write_bytes(b"P5 1 1 255 x")
    (folder / "b.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')
    media(home, "add", folder, "--wait", **variables)


def test_a_home_and_its_backup_are_the_owners_alone(tmp_path: Path) -> None:
    home, backup, restored = (tmp_path / name for name in ("home", "backup", "restored"))
    add_a_picture(home, tmp_path / "pictures")
    media(home, "backup", backup)
    media(restored, "restore", backup)

    for folder in (home, backup, restored):
        found = rights(folder)
        landed = {name for name in found if name.startswith("landing/")}
        assert len(found) > 60
        assert {name: mode for name, mode in found.items() if mode & 0o077} == dict.fromkeys(
            landed & {name for name, mode in found.items() if mode & 0o077}, 0o644
        )


def test_a_group_may_read_where_the_settings_say_so(tmp_path: Path) -> None:
    home, backup = tmp_path / "home", tmp_path / "backup"
    home.mkdir(mode=0o750)
    (home / "settings.toml").write_text("[access]\ngroup_may_read = true\n")
    add_a_picture(home, tmp_path / "pictures")
    media(home, "backup", backup)

    for folder in (home / "rows", home / "originals", home / "search_index", backup):
        found = rights(folder)
        wrong = {name: oct(mode) for name, mode in found.items() if mode & 0o067 != 0o040}
        assert {name for name in wrong if not name.endswith(".lock")} == set(), wrong
    assert all(mode & 0o027 == 0 for mode in rights(home / "dagster").values())


@pytest.mark.parametrize(
    ("variables", "toml", "expected"),
    [
        ({}, None, OWNER_ALONE),
        ({}, "batch_size = 3", OWNER_ALONE),
        ({}, "[access]\ngroup_may_read = true", GROUP_MAY_READ),
        ({}, "access = {group_may_read = true}", GROUP_MAY_READ),
        ({}, "[access]\ngroup_may_read = false", OWNER_ALONE),
        ({}, "# group_may_read = true", OWNER_ALONE),
        ({"MEDIA_ACCESS__GROUP_MAY_READ": "yes"}, None, GROUP_MAY_READ),
        ({"media_access__group_may_read": "1"}, None, GROUP_MAY_READ),
        ({"MEDIA_ACCESS": '{"group_may_read": true}'}, None, GROUP_MAY_READ),
        ({"MEDIA_ACCESS__GROUP_MAY_READ": "0"}, "access.group_may_read = true", OWNER_ALONE),
    ],
)
def test_the_setting_counts_however_it_is_written(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    variables: dict[str, str],
    toml: str | None,
    expected: int,
) -> None:
    monkeypatch.setenv("MEDIA_HOME", str(tmp_path))
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    if toml is not None:
        (tmp_path / "settings.toml").write_text(toml)

    assert chosen_umask(tmp_path) == expected


@pytest.mark.parametrize(
    ("module", "arguments"),
    [
        ("definitions", ()),
        ("command_line.service.code_server", ("socket", "definitions.py")),
        ("command_line.service.after_code_server", ("socket", "dagster._daemon")),
        ("web.guarded_webserver", ("localhost", "0", "workspace.yaml")),
    ],
)
def test_each_program_of_the_service_sets_it_for_itself(
    tmp_path: Path, module: str, arguments: tuple[str, ...]
) -> None:
    """Also when somebody starts it by hand: the first thing that would be done is recorded."""
    watch = """
import os, runpy, sys
asked = []
real = os.umask
def umask(mask):
    asked.append(mask)
    if len(asked) == 2:
        real(mask)
        print(oct(real(mask)))
        sys.stdout.flush()
        os._exit(0)
    return real(mask)
os.umask = umask
module, *sys.argv[1:] = sys.argv[1:]
runpy.run_module(module, run_name="__main__", alter_sys=True)
"""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "MEDIA_HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", watch, module, *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == "0o77", done.stderr


def test_a_kept_file_is_never_wider_than_in_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.umask(OWNER_ALONE)
    changed = []
    monkeypatch.setattr(os, "chmod", lambda *_, **__: changed.append("chmod"))
    monkeypatch.setattr(os, "fchmod", lambda *_: changed.append("fchmod"))
    stored = ContentStore(tmp_path / "originals").put(b"bytes", ".bin", "")

    assert stat.S_IMODE((tmp_path / stored.path).stat().st_mode) == 0o400
    assert changed == []


def test_an_open_home_is_told_of_with_the_command_that_closes_it(tmp_path: Path) -> None:
    home = tmp_path / "my home"
    (home / "rows").mkdir(parents=True)
    (home / "rows" / "x").write_text("x")

    told = media(home, "doctor")
    assert "others have rights to" in told
    command = next(line for line in told.splitlines() if "chmod" in line).partition("-> ")[2]
    subprocess.run(command, shell=True, check=True)  # noqa: S602 - as the user would

    assert "for its owner alone" in media(home, "doctor")
    assert too_wide(MediaHome(home), OWNER_ALONE) == []


def test_what_others_cannot_reach_is_not_told_of(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    (home / "rows").mkdir(mode=0o777)

    assert too_wide(MediaHome(home), OWNER_ALONE) == []
    home.chmod(0o750)
    assert too_wide(MediaHome(home), OWNER_ALONE) == [home, home / "rows"]
    assert too_wide(MediaHome(home), GROUP_MAY_READ) == []
    (home / "rows").chmod(0o770)
    assert too_wide(MediaHome(home), GROUP_MAY_READ) == [home / "rows"]

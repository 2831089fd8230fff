"""A home that others could change is not obeyed until the user says so, outside of the home."""

import json
import os
from pathlib import Path

import pytest

from resources.configuration import trusted_home
from resources.configuration.settings import Settings
from resources.configuration.trusted_home import UntrustedHome, dangers, trust, trust_file


@pytest.fixture(autouse=True)
def own_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "configuration"
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder))
    return folder


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path / "home"
    (home / "dagster").mkdir(parents=True)
    (home / "models").mkdir()
    for name in ("settings.toml", "users.json", "dagster/dagster.yaml"):
        (home / name).write_text("")
    monkeypatch.setenv("MEDIA_HOME", str(home))
    return home


def test_a_home_of_ones_own_is_obeyed(home: Path) -> None:
    assert Settings().home == home


def test_a_home_that_is_not_there_yet_is_obeyed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEDIA_HOME", str(tmp_path / "new"))
    assert Settings().home == tmp_path / "new"


@pytest.mark.parametrize(
    "name", ["", "settings.toml", "users.json", "dagster", "dagster/dagster.yaml", "models"]
)
def test_what_everybody_may_change_is_refused_before_it_is_read(home: Path, name: str) -> None:
    (home / "settings.toml").write_text("this is not TOML")
    place = home / name
    place.chmod(place.stat().st_mode | 0o002)
    with pytest.raises(UntrustedHome, match=f"everybody may change {place}$"):
        Settings()


def test_what_belongs_to_somebody_else_is_refused(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As root really by another owner; else by another user asking."""
    if os.geteuid() == 0:
        os.chown(home / "settings.toml", 65534, 65534)
    else:
        monkeypatch.setattr(trusted_home, "owners", lambda: {0})
    with pytest.raises(UntrustedHome, match=r"settings\.toml belongs to "):
        Settings()


def test_a_link_to_what_others_may_change_is_refused(home: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere.toml"
    elsewhere.write_text("")
    elsewhere.chmod(0o666)
    (home / "settings.toml").unlink()
    (home / "settings.toml").symlink_to(elsewhere)
    with pytest.raises(UntrustedHome, match=r"everybody may change .*elsewhere\.toml"):
        Settings()


def test_a_folder_in_which_everybody_may_rename_makes_the_home_theirs(
    home: Path, tmp_path: Path
) -> None:
    tmp_path.chmod(0o777)
    try:
        with pytest.raises(UntrustedHome, match="everybody may exchange"):
            Settings()
        tmp_path.chmod(0o1777)  # as /tmp: each may rename what is his own
        assert Settings().home == home
    finally:
        tmp_path.chmod(0o700)


def test_one_command_allows_it_and_nothing_in_the_home_does(home: Path) -> None:
    home.chmod(0o777)
    (home / "trusted_homes.json").write_text(json.dumps([str(home)]))
    with pytest.raises(UntrustedHome):
        Settings()
    assert trust(home) == trust_file()
    assert not trust_file().is_relative_to(home)
    assert Settings().home == home
    assert [*dangers(home)] == [f"everybody may change {home}"]


def test_a_permission_that_others_could_have_written_counts_for_nothing(home: Path) -> None:
    home.chmod(0o777)
    trust(home).chmod(0o666)
    with pytest.raises(UntrustedHome):
        Settings()


def test_under_sudo_the_files_of_who_called_it_are_obeyed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As git does; without sudo root obeys nobody else."""
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.delenv("SUDO_UID", raising=False)
    assert trusted_home.owners() == {0}
    monkeypatch.setenv("SUDO_UID", "1234")
    assert trusted_home.owners() == {0, 1234}
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert trusted_home.owners() == {0, 1000}

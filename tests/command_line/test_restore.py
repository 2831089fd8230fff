"""``media restore``: what it asks before anything is restored."""

from pathlib import Path

import pytest

from tests.command_line.conftest import Media
from tests.resources.preservation.test_foreign_bag import STATE, left, make_bag

USERS = (
    b'{"mallory": {"role": "editor", "password": "$argon2id$hash"},'
    b' "viv": {"role": "viewer", "password": "$argon2id$other"}}'
)
SETTINGS = b'host = "0.0.0.0"\n# \x1b[2J\n'


@pytest.fixture
def bag(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MEDIA_HOME", str(tmp_path / "home"))
    files = {f"data/{STATE}/settings.toml": SETTINGS, f"data/{STATE}/users.json": USERS}
    return make_bag(tmp_path / "bag", files)


def test_settings_are_shown_and_need_a_yes(bag: Path, media: Media) -> None:
    """Without a terminal nobody can be asked: nothing is restored until it is said."""
    result = media("restore", str(bag))

    assert result.exit_code == 1
    assert 'host = "0.0.0.0"' in result.output
    assert "mallory: editor" in result.output
    assert "argon2id" not in result.output
    assert "\x1b" not in result.output
    assert "--with-settings" in result.output
    assert left(bag.parent) == set()


@pytest.mark.parametrize(
    "content",
    [b"no such setting = 1", b"no_such_setting = 1", b'postgres_url = "postgresql://x"', b"\xff"],
)
def test_wrong_settings_are_refused_before_anything_is_restored(
    bag: Path, media: Media, content: bytes
) -> None:
    make_bag(bag, {f"data/{STATE}/settings.toml": content})

    result = media("restore", str(bag), "--with-settings")

    assert result.exit_code == 1
    assert "settings are wrong" in result.output
    assert left(bag.parent) == set()


def test_users_that_are_none_are_refused(bag: Path, media: Media) -> None:
    make_bag(bag, {f"data/{STATE}/users.json": b"[]"})

    result = media("restore", str(bag), "--with-settings")

    assert (result.exit_code, left(bag.parent)) == (1, set())
    assert "users.json of the backup is damaged" in result.output


def test_a_changed_settings_file_is_not_even_shown(bag: Path, media: Media) -> None:
    (bag / "data" / STATE / "settings.toml").write_text('host = "::"')

    result = media("restore", str(bag), "--with-settings")

    assert (result.exit_code, left(bag.parent)) == (1, set())
    assert "is damaged in the backup" in result.output
    assert '"::"' not in result.output

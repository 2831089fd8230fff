"""Which files a list may name: nothing outside the landing roots and the allowed folders."""

from pathlib import Path

import pytest

from resources.configuration.settings import LandingRoot, Settings
from resources.landing.listable import (
    ELSEWHERE,
    KERNEL,
    OWN,
    TOO_LONG,
    ZERO_BYTE,
    ListableFiles,
)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    for name in ("archive/sub", "allowed", "private", "home/landing"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "allowed" / "to_private").symlink_to(tmp_path / "private")
    (tmp_path / "allowed" / "to_archive").symlink_to(tmp_path / "archive")
    (tmp_path / "allowed" / "kernel").symlink_to("/proc")
    roots = (
        LandingRoot(name="archive", path=tmp_path / "archive", mode="reference"),
        LandingRoot(name="landing", path=tmp_path / "home" / "landing"),
    )
    return Settings(
        home=tmp_path / "home", landing_roots=roots, list_folders=(tmp_path / "allowed",)
    )


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("archive/sub/a.jpg", None),
        ("allowed/a.jpg", None),
        ("allowed/to_archive/sub/a.jpg", None),
        ("home/landing/a.jpg", None),
        ("private/key", ELSEWHERE),
        ("allowed/to_private/key", ELSEWHERE),
        ("allowed/kernel/self/environ", KERNEL),
        ("allowed_not/a.jpg", ELSEWHERE),
        ("home/settings.toml", ELSEWHERE),
        ("archive/" + "x" * 5000, TOO_LONG),
        ("archive/a\0b", ZERO_BYTE),
    ],
)
def test_a_list_names_only_what_it_may(
    settings: Settings, tmp_path: Path, path: str, expected: str | None
) -> None:
    assert ListableFiles.of(settings).why_not(bytes(tmp_path) + b"/" + path.encode()) == expected


@pytest.mark.parametrize("path", [b"/etc/passwd", b"/proc/1/environ", b"/dev/zero", b"/"])
def test_without_settings_nothing_of_the_system_can_be_named(tmp_path: Path, path: bytes) -> None:
    assert ListableFiles.of(Settings(home=tmp_path)).why_not(path) == ELSEWHERE


@pytest.mark.parametrize(
    "place", ["settings.toml", "dagster/x", "originals/a.jpg", "models/m", "landing.sqlite", "new"]
)
def test_all_of_the_home_but_landing_is_our_own(tmp_path: Path, place: str) -> None:
    """Also when the settings allow a folder that holds it."""
    settings = Settings(home=tmp_path / "home", list_folders=(tmp_path,))
    may_list = ListableFiles.of(settings)

    assert may_list.why_not(bytes(tmp_path / "home" / place)) == OWN
    assert may_list.why_not(bytes(tmp_path / "home" / "landing" / "a.jpg")) is None

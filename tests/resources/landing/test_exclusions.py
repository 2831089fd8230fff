"""What is passed over in a landing root: by other programs' names, settings and .mediaignore."""

import os
import time
from pathlib import Path

import pytest

from resources.configuration.settings import LandingRoot
from resources.landing.exclusions import MAX_PATTERNS, Exclusions, why_of_programs
from resources.landing.left_by_programs import LEFT_BY_PROGRAMS
from resources.landing.scan import FoundFile, PassedOver, Problem, walk

NAMES = Path(__file__).with_name("names_in_watched_folder.txt").read_text().splitlines()


def taken(folder: Path, exclusions: Exclusions | None = None) -> list[str]:
    """The files below the folder that are not passed over."""
    rules = exclusions or Exclusions()
    return [
        os.fsdecode(found.path)
        for found in walk("root", bytes(folder), rules)
        if isinstance(found, FoundFile) and not rules.why(found.path)
    ]


def fill(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(name.encode())


def test_of_a_folder_of_other_programs_files_only_the_pictures_are_taken(tmp_path: Path) -> None:
    fill(tmp_path, *NAMES)

    assert taken(tmp_path) == ["album/IMG_1.jpg", "album/Originals/IMG_1.jpg"]


@pytest.mark.parametrize(
    ("name", "is_folder"),
    [
        *((b"Icon\r", False), (b"#snapshot", True), (b"~snapshot", True), (b".zfs", True)),
        *((b"@Recently-Snapshot", True), (b"My Catalog Previews.lrdata", True)),
        *((b"IMG_1.jpg.opdownload", False), (b"IMG_1.jpg.aria2", False)),
        *((b"FOTOS.PHOTOSLIBRARY", True), (b"THUMBS.DB", False)),
    ],
)
def test_what_a_program_left_has_its_reason(name: bytes, *, is_folder: bool) -> None:
    reasons = {left.what for left in LEFT_BY_PROGRAMS}

    assert why_of_programs(name, is_folder=is_folder) in reasons


@pytest.mark.parametrize(
    "name",
    [b"Icons", b"snapshot", b"recycle.jpg", b"tmp.jpg", b"part.jpg", b"Picasa.jpg", b"caf\xe9.jpg"],
)
def test_a_name_that_only_resembles_one_is_a_persons(name: bytes) -> None:
    assert why_of_programs(name, is_folder=False) is None
    assert why_of_programs(name, is_folder=True) is None


def test_every_program_in_the_list_names_its_source() -> None:
    assert all(left.what and left.source and left.patterns for left in LEFT_BY_PROGRAMS)


def test_settings_exclude_and_include_by_the_rules_of_gitignore(tmp_path: Path) -> None:
    fill(tmp_path, "a.jpg", "a.raw", "keep.raw", "drafts/1.jpg", "x/drafts/2.jpg", ".hidden.jpg")
    fill(tmp_path, "Old.photoslibrary/originals/1.jpg", "Old.photoslibrary/.DS_Store")
    rules = Exclusions(
        exclude=("*.raw", "!keep.raw", "/drafts/"), include=("*.photoslibrary/", ".hidden.jpg")
    )

    assert taken(tmp_path, rules) == [
        ".hidden.jpg",
        "a.jpg",
        "keep.raw",
        "Old.photoslibrary/originals/1.jpg",
        "x/drafts/2.jpg",
    ]


def test_a_reason_names_the_pattern(tmp_path: Path) -> None:
    fill(tmp_path, "a.raw", "trip/b.tif")
    (tmp_path / "trip/.mediaignore").write_text("# scans\n*.tif\n")
    rules = Exclusions(exclude=("*.raw",))
    list(walk("root", bytes(tmp_path), rules))

    assert rules.why(b"a.raw") == "excluded by the settings: *.raw"
    assert rules.why(b"trip/b.tif") == "excluded by trip/.mediaignore: *.tif"


def test_a_mediaignore_file_counts_for_its_folder_and_a_deeper_one_more(tmp_path: Path) -> None:
    fill(tmp_path, "a/1.tif", "a/1.jpg", "a/b/2.tif", "a/b/c/3.tif", "d/4.tif", "a/private/5.jpg")
    (tmp_path / "a/.mediaignore").write_text("*.tif\n/private/\n")
    (tmp_path / "a/b/.mediaignore").write_text("!2.tif\n")

    assert taken(tmp_path) == ["a/1.jpg", "a/b/2.tif", "d/4.tif"]


@pytest.mark.parametrize(
    "content",
    [b"!\n", b"x\n" * (MAX_PATTERNS + 1), b"x" * 70_000],
    ids=["no_pattern", "too_many", "too_large"],
)
def test_a_folder_whose_mediaignore_cannot_be_understood_is_passed_over(
    tmp_path: Path, content: bytes
) -> None:
    """Its owner wants something in it to stay private; nobody knows what."""
    fill(tmp_path, "a.jpg", "private/b.jpg", "private/deeper/c.jpg")
    (tmp_path / "private/.mediaignore").write_bytes(content)

    problems = [one for one in walk("root", bytes(tmp_path), Exclusions()) if type(one) is Problem]

    assert taken(tmp_path) == ["a.jpg"]
    assert [one.path for one in problems] == [b"private"]


def test_a_mediaignore_that_is_a_link_or_a_pipe_is_never_followed(tmp_path: Path) -> None:
    fill(tmp_path, "linked/a.jpg", "piped/b.jpg", "c.jpg")
    (tmp_path / "secret").write_text("*.nothing")
    (tmp_path / "linked/.mediaignore").symlink_to(tmp_path / "secret")
    os.mkfifo(tmp_path / "piped/.mediaignore")

    assert taken(tmp_path) == ["c.jpg", "secret"]


def test_a_hostile_pattern_costs_no_time(tmp_path: Path) -> None:
    """With backtracking this would take longer than the sun burns."""
    (tmp_path / ".mediaignore").write_text("a*" * 30 + "b\n")
    fill(tmp_path, "a" * 200)
    began = time.process_time()

    assert taken(tmp_path) == ["a" * 200]
    assert time.process_time() - began < 5


def test_a_folder_that_is_passed_over_is_not_opened(tmp_path: Path) -> None:
    fill(tmp_path, "@eaDir/x/y.jpg", "a.jpg")

    found = list(walk("root", bytes(tmp_path), Exclusions()))

    assert [one.path for one in found] == [b"@eaDir", b"a.jpg"]
    assert isinstance(found[0], PassedOver)
    assert found[0].is_folder


def test_what_the_command_is_still_copying_is_not_worth_a_word(tmp_path: Path) -> None:
    fill(tmp_path, ".0123456789abcdef.partial", "a.jpg")

    assert [one.path for one in walk("root", bytes(tmp_path), Exclusions())] == [b"a.jpg"]


def test_a_pattern_that_is_none_is_refused_with_the_settings(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="exclude"):
        LandingRoot(name="a", path=tmp_path, exclude=("!",))

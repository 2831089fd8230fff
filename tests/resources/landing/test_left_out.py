"""Every file that a look sees is taken, or is on record with the reason why it is not."""

import os
from collections.abc import Callable
from typing import Any

import pytest

from resources.configuration.settings import Limits
from resources.landing.ledger_database import discard_database
from resources.landing.ledger_left_out import CHANGING, CHANGING_AFTER_S
from resources.landing.left_out import LEFT_OUT
from resources.landing.scan import LINK


def states(landing: Any) -> dict[str, str]:
    """Path of what is left out -> state."""
    return {path: state for state, path, _ in landing.left_out}


def test_a_file_above_the_limit_is_on_record_in_its_batch(
    make_landing: Callable[..., Any],
) -> None:
    landing = make_landing(limits=Limits(max_file_bytes=10))
    landing.drop("job/huge.jpg", b"x" * 11)
    landing.drop("loose.jpg", b"y" * 12)
    landing.settle()

    rows = landing.rows(LEFT_OUT).sort("path_display")
    assert rows["state"].to_list() == ["too_large", "too_large"]
    assert rows["batch"].to_list() == ["job", "archive-20260301-120000"]
    assert rows["size_bytes"].to_list() == [11, 12]
    assert "limits.max_file_bytes" in rows["reason"][0]


def test_a_row_is_written_when_something_begins_or_is_over_and_not_at_each_look(
    make_landing: Callable[..., Any],
) -> None:
    landing = make_landing(limits=Limits(max_file_bytes=10))
    path = landing.drop("job/a.jpg", b"x" * 11)
    for _ in range(4):
        landing.settle()
    assert landing.rows(LEFT_OUT).height == 1

    os.truncate(path, 5)
    landing.settle()

    assert landing.left_out == set()
    assert landing.rows(LEFT_OUT)["is_over"].to_list() == [False, True]
    assert landing.originals.height == 1


def test_excluded_files_are_counted_by_folder_and_reason(landing: Any) -> None:
    for name in ("a.jpg", "x.tmp", "y.tmp", "Thumbs.db"):
        landing.drop(f"job/{name}", name.encode())
    landing.drop("job/@eaDir/a.jpg", b"thumbnail")
    (landing.folder / "job" / "link.jpg").symlink_to("a.jpg")
    landing.settle()

    rows = landing.rows(LEFT_OUT)
    told = {row["reason"]: (row["files"], row["first_names"]) for row in rows.to_dicts()}
    assert told == {
        "an unfinished download or copy": (2, ["x.tmp", "y.tmp"]),
        "Windows' own": (1, ["Thumbs.db"]),
        "a file server's own": (None, []),
        LINK: (1, ["link.jpg"]),
    }
    assert set(rows["batch"]) == {"job"}
    assert landing.originals.height == 1


def test_patterns_of_the_settings_hold_for_files_and_folders(
    make_landing: Callable[..., Any],
) -> None:
    landing = make_landing(exclude=("*.raw", "drafts/"), include=("*.tmp",))
    for name in ("a.jpg", "b.raw", "drafts/c.jpg", "d.tmp"):
        landing.drop(f"job/{name}", name.encode())
    landing.settle()

    assert set(landing.originals["file_name"]) == {"a.jpg", "d.tmp"}
    assert states(landing) == {"job": "excluded", "job/drafts": "excluded"}


def test_what_was_taken_before_a_pattern_excluded_it_stays_taken(
    make_landing: Callable[..., Any],
) -> None:
    archive = make_landing("reference")
    archive.drop("a.raw", b"raw")
    archive.settle()

    archive = make_landing("reference", exclude=("*.raw",))
    archive.drop("b.raw", b"other")
    archive.settle()

    assert archive.originals["file_name"].to_list() == ["a.raw"]
    ((state, folder, _),) = archive.left_out
    assert (state, folder) == ("excluded", ".")


def test_a_waiting_file_that_becomes_excluded_waits_no_longer(landing: Any) -> None:
    landing.drop("job/a.tif", b"tif")
    landing.look()
    landing.drop("job/.mediaignore", b"*.tif")

    result = landing.settle()

    assert (result.waiting_count, result.accepted_count) == (0, 0)
    assert landing.left == [".mediaignore", "a.tif"]


def test_a_file_that_never_stays_the_same_is_told_of_in_the_end(landing: Any) -> None:
    for number in range(int(CHANGING_AFTER_S / 4) + 2):
        landing.drop("job/camera.mp4", b"x" * number)
        landing.look(after_s=4)

    assert landing.left_out == {("still_changing", "job/camera.mp4", CHANGING)}
    landing.settle()
    assert landing.left_out == set()
    assert landing.originals.height == 1


@pytest.mark.parametrize("how", ["gone", "empty"])
def test_what_is_left_out_stays_on_record_while_its_root_is_away(archive: Any, how: str) -> None:
    archive.drop("a.jpg", b"a")
    archive.drop("x.tmp", b"unfinished")
    archive.settle()
    before = archive.left_out

    away = archive.folder.with_name("away")
    archive.folder.rename(away)
    if how == "empty":
        archive.folder.mkdir()
    archive.look()
    assert before < archive.left_out, "and the root itself is told of"
    if how == "empty":
        archive.folder.rmdir()
    away.rename(archive.folder)
    archive.look()

    assert archive.left_out == before


def test_a_lost_ledger_writes_nothing_twice(landing: Any) -> None:
    landing.drop("job/x.tmp", b"unfinished")
    landing.settle()

    discard_database(landing.settings.media_home.ledger, "lost by the test")
    landing.settle()

    assert landing.rows(LEFT_OUT).height == 1


def test_a_thousand_excluded_files_are_one_row_with_ten_names(landing: Any) -> None:
    for number in range(1000):
        landing.drop(f"job/{number:04d}.tmp", b"")
    landing.settle()

    (row,) = landing.rows(LEFT_OUT).to_dicts()
    assert (row["files"], len(row["first_names"])) == (1000, 10)

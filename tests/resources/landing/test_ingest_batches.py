"""Which batch a file belongs to, and what lists of paths bring."""

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from resources.configuration.settings import Limits
from resources.landing import batches as batches_of_landing
from resources.landing.listable import ELSEWHERE, OWN, ZERO_BYTE
from resources.rows.row_store import RowStore
from resources.sources.originals import source_of_row
from resources.sources.source_rows import BATCH_EVENT, BatchEventRow, append


def batches(landing: Any) -> dict[str, str]:
    return dict(landing.originals.select("file_name", "batch").iter_rows())


def events(landing: Any, event: str) -> list[tuple[str, str]]:
    found = landing.events.filter(event=event)
    return list(found.select("batch", "detail").iter_rows())


def test_the_first_folder_names_the_batch_however_deep_the_file_lies(landing: Any) -> None:
    for name in ("Ferien 2023/a.jpg", "Ferien 2023/x/y/b.jpg", "Büro/c.jpg"):
        landing.drop(name, name.encode())

    landing.settle()

    assert batches(landing) == {"a.jpg": "Ferien 2023", "b.jpg": "Ferien 2023", "c.jpg": "Büro"}
    assert sorted(landing.events["batch"]) == ["Büro", "Ferien 2023"]


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ("first_folder", ["a", "a", "b"]),
        ("deepest_folder", ["2024", "2025", "2024"]),
        ("path", ["a/2024", "a/2025", "b/2024"]),
    ],
)
def test_what_names_a_batch_is_a_setting(
    make_landing: Any, names: str, expected: list[str]
) -> None:
    landing = make_landing(batch_names=names)
    for number, folder in enumerate(("a/2024", "a/2025", "b/2024")):
        landing.drop(f"{folder}/{number}.jpg", str(number).encode())

    landing.settle()

    assert batches(landing) == {f"{n}.jpg": batch for n, batch in enumerate(expected)}


def test_long_paths_name_different_batches(make_landing: Any) -> None:
    landing = make_landing(batch_names="path")
    for number in "12":
        landing.drop(f"{'x' * 90}/{number}/a.jpg", number.encode())

    landing.settle()

    found = set(landing.originals["batch"])
    assert len(found) == 2
    assert all(len(name) <= 80 for name in found)


def test_a_long_list_of_missing_files_is_one_row(landing: Any) -> None:
    lines = [f"gone/{number}.jpg" for number in range(20_000)]
    landing.drop("long.lst", "\n".join(lines).encode())

    landing.settle()
    landing.look()

    missing = landing.events.filter(event="listed_missing")
    assert missing["files"].to_list() == [20_000]
    ((_, detail),) = events(landing, "listed_missing")
    assert detail.startswith("20000 files cannot be taken: ")
    assert detail.endswith("; and 19990 more")
    assert landing.left == []


def test_a_list_cannot_publish_a_file_from_elsewhere(tmp_path: Path, landing: Any) -> None:
    key = tmp_path / "private" / "id_rsa"
    key.parent.mkdir()
    key.write_text("PRIVATE KEY")
    landing.drop("evil.lst", b"\n".join([bytes(key), b"/proc/self/environ", b"/etc/passwd"]))

    landing.settle()
    landing.look(after_s=6)

    assert landing.originals.height == 0
    assert landing.kept == {}
    assert landing.events.filter(event="listed_missing")["files"].to_list() == [3]


def test_a_listed_file_whose_folder_becomes_a_link_is_not_followed(
    tmp_path: Path, landing: Any
) -> None:
    folder = listed_files(tmp_path)
    (tmp_path / "private").mkdir()
    (folder / "sub" / "b.jpg").rename(tmp_path / "private" / "b.jpg")
    (folder / "sub").rmdir()
    (folder / "sub").mkdir()
    (folder / "sub" / "b.jpg").write_bytes(b"harmless")
    landing.drop("best.lst", bytes(folder / "sub" / "b.jpg"))
    landing.settle()
    (folder / "sub" / "b.jpg").unlink()
    (folder / "sub").rmdir()
    (folder / "sub").symlink_to(tmp_path / "private")

    landing.look(after_s=6)
    landing.look(after_s=6)

    assert landing.originals.height == 0
    assert events(landing, "listed_missing") == [("best", f"{folder}/sub/b.jpg: {ELSEWHERE}")]


def test_a_listed_file_above_the_limit_ends_the_list(tmp_path: Path, make_landing: Any) -> None:
    """Otherwise the list would lie there, and whoever waits for its batch would wait, forever."""
    landing = make_landing(limits=Limits(max_file_bytes=200))
    folder = listed_files(tmp_path)
    (folder / "big.jpg").write_bytes(b"x" * 201)
    landing.drop("best.lst", b"\n".join([bytes(folder / "a.jpg"), bytes(folder / "big.jpg")]))

    landing.settle()
    landing.look(after_s=6)
    landing.look()

    ((batch, detail),) = events(landing, "listed_missing")
    assert (batch, "too large: 201 bytes" in detail) == ("best", True)
    assert batches(landing) == {"a.jpg": "best"}
    assert landing.left == []


def test_a_folder_name_that_hides_something_is_spelled_out(landing: Any) -> None:
    landing.drop(b"caf\xe9\n/a.jpg")

    landing.settle()

    assert batches(landing) == {"a.jpg": r"caf\xe9\n"}


def test_loose_files_join_the_batch_of_which_one_is_still_to_come(landing: Any) -> None:
    landing.drop("1.jpg", b"1")
    landing.look()
    landing.wall += timedelta(seconds=4)
    landing.drop("2.jpg", b"2")
    landing.look(after_s=4)
    landing.look(after_s=2)
    landing.drop("3.jpg", b"3")
    landing.settle()
    landing.wall += timedelta(minutes=1)
    landing.drop("4.jpg", b"4")
    landing.settle()

    first, second = "archive-20260301-120000", "archive-20260301-120104"
    assert batches(landing) == {f"{n}.jpg": first for n in "123"} | {"4.jpg": second}
    assert events(landing, "opened") == [(first, ""), (second, "")]


def test_two_loose_batches_of_one_second_have_two_names(landing: Any) -> None:
    for number in "12":
        landing.drop(f"{number}.jpg", number.encode())
        landing.settle()

    assert sorted(batches(landing).values()) == [
        "archive-20260301-120000",
        "archive-20260301-120000-2",
    ]


def test_a_batch_goes_on_when_files_are_added_to_its_folder_later(landing: Any) -> None:
    for number in "12":
        landing.drop(f"job/{number}.jpg", number.encode())
        landing.settle()

    assert set(batches(landing).values()) == {"job"}
    assert events(landing, "opened") == [("job", "")]


def test_a_cancelled_batch_is_offered_no_longer(landing: Any) -> None:
    landing.drop("keep/a.jpg", b"a")
    landing.drop("stop/b.jpg", b"b")
    landing.settle()

    rows = RowStore(landing.settings.media_home.rows)
    event = BatchEventRow("stop", "archive", "cancelled", "", landing.wall)
    append(rows, BATCH_EVENT, [event], run_id="by hand")

    assert [chunk.batch for chunk in landing.look().chunks] == ["keep"]


def listed_files(tmp_path: Path) -> Path:
    folder = tmp_path / "elsewhere"
    (folder / "sub").mkdir(parents=True)
    for name in ("a.jpg", "sub/b.jpg"):
        (folder / name).write_bytes(name.encode())
    return folder


def test_listed_files_are_copied_into_a_batch_of_the_lists_name(
    tmp_path: Path, landing: Any
) -> None:
    folder = listed_files(tmp_path)
    caf = bytes(folder) + b"/caf\xe9.jpg"
    Path(os.fsdecode(caf)).write_bytes(b"raw name")
    relative = os.fsencode(os.path.relpath(folder / "sub" / "b.jpg", landing.folder / "lists"))
    lines = [b"# comment", b"", bytes(folder / "a.jpg"), relative + b"\r", caf, caf, b"absent.jpg"]
    landing.drop("lists/Best of.lst", b"\xef\xbb\xbf" + b"\n".join(lines))

    landing.settle()
    assert landing.left == ["Best of.lst"], "a list stays until all it names is dealt with"
    landing.look(after_s=6)
    landing.look()

    assert batches(landing) == dict.fromkeys(["a.jpg", "b.jpg", r"caf\xe9.jpg"], "Best of")
    assert sorted(landing.kept.values()) == [b"a.jpg", b"raw name", b"sub/b.jpg"]
    assert sorted(path.name for path in folder.rglob("*.jpg")) == sorted(
        ["a.jpg", "b.jpg", os.fsdecode(b"caf\xe9.jpg")]
    )
    assert landing.sightings["path"].to_list()[0] == bytes(folder / "a.jpg")
    assert landing.left == []
    ((batch, detail),) = events(landing, "listed_missing")
    assert (batch, "absent.jpg: it is not there" in detail) == ("Best of", True)


def test_a_list_in_an_archive_references_its_files_and_stays(tmp_path: Path, archive: Any) -> None:
    folder = listed_files(tmp_path)
    archive.drop("best.lst", bytes(folder / "a.jpg"))

    archive.settle()
    archive.look(after_s=6)
    again = archive.look(after_s=6)

    assert archive.originals["path"].to_list() == [bytes(folder / "a.jpg")]
    assert archive.kept == {}
    assert archive.left == ["best.lst"]
    assert (again.read_count, again.waiting_count) == (0, 0)


def test_listed_files_that_lie_in_the_landing_folder_move_with_the_batch_of_the_list(
    landing: Any,
) -> None:
    """A folder dropped with a list of its best pictures; nothing of it may count as missing."""
    for number in "123":
        landing.drop(f"shoot/{number}.jpg", number.encode())
    landing.drop("shoot/selects.lst", b"2.jpg\n3.jpg")
    landing.settle()
    landing.look()
    landing.drop("late.lst", b"shoot/1.jpg")
    landing.settle()
    landing.look()

    assert batches(landing) == {"1.jpg": "shoot", "2.jpg": "selects", "3.jpg": "selects"}
    assert events(landing, "listed_missing") == []
    assert landing.left == []


def test_a_file_that_a_list_claims_and_that_vanishes_before_it_is_taken_is_recorded(
    make_landing: Any,
) -> None:
    """The budget is spent on the first file; the second goes before the next look."""
    landing = make_landing(hash_seconds_per_tick=1e-9)
    landing.drop("a/0.jpg", b"0")
    landing.drop("job/1.jpg", b"1")
    landing.drop("job/best.lst", b"1.jpg\n1.jpg")
    landing.settle()
    (landing.folder / "job" / "1.jpg").unlink()

    landing.look()
    landing.look()

    assert events(landing, "listed_missing") == [("best", "job/1.jpg: it is not there")]
    assert landing.left == []


def test_a_list_cannot_name_folders_links_or_our_own_files(tmp_path: Path, landing: Any) -> None:
    landing.drop("first.jpg", b"first")
    landing.settle()
    (kept,) = landing.settings.media_home.originals.rglob("*.jpg")
    folder = listed_files(tmp_path)
    (folder / "link.jpg").symlink_to(kept)
    (folder / "into").symlink_to(kept.parent)
    named = [kept, folder / "sub", folder / "link.jpg", folder / ("x" * 300)]
    named.append(folder / "into" / kept.name)
    landing.drop("odd.lst", b"\n".join([*map(bytes, named), b"zero\x00byte"]))

    landing.settle()
    landing.look(after_s=6)

    assert landing.originals.height == 1
    ((_, detail),) = events(landing, "listed_missing")
    told = detail.removeprefix("6 files cannot be taken: ").split("; ")
    assert [one.rsplit(": ", 1)[1] for one in told] == [
        ELSEWHERE,
        "it is not a regular file",
        "it is not a regular file",
        "it is not there (File name too long)",
        OWN,
        ZERO_BYTE,
    ]
    assert landing.left == []


def test_a_listed_file_that_vanishes_while_it_settles_is_recorded(
    tmp_path: Path, landing: Any
) -> None:
    folder = listed_files(tmp_path)
    landing.drop("best.lst", bytes(folder / "a.jpg"))
    landing.settle()
    (folder / "a.jpg").unlink()

    landing.look()
    landing.look()

    assert events(landing, "listed_missing") == [("best", f"{folder}/a.jpg: it is not there")]
    assert landing.left == []


def test_a_file_of_an_archive_that_two_lists_name_belongs_to_both_batches(archive: Any) -> None:
    archive.drop("2024/a.jpg", b"a")
    archive.settle()
    for name in ("one", "two"):
        archive.drop(f"{name}.lst", b"2024/a.jpg")
        archive.settle()
        result = archive.look(after_s=6)
        assert (result.read_count, result.accepted_count, result.duplicate_count) == (0, 0, 1)

    assert archive.sightings["batch"].to_list() == ["2024", "one", "two"]


def test_lists_share_the_time_of_a_look_and_the_others_wait(make_landing: Any) -> None:
    """So that ten long lists do not keep everybody waiting: the next look reads the next one."""
    landing = make_landing(hash_seconds_per_tick=1e-9)
    for number in range(3):
        landing.drop(f"{number}.lst", b"gone.jpg")

    landing.settle()
    counts = [len(events(landing, "listed_missing"))]
    for _ in range(2):
        landing.look()
        counts.append(len(events(landing, "listed_missing")))

    assert counts == [1, 2, 3]


def test_a_list_with_more_lines_than_any_person_needs_is_not_read(
    landing: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches_of_landing, "MAX_NAMES", 100)
    landing.drop("long.lst", b"\n" * 101)

    result = landing.settle()

    assert "long.lst: cannot be read (it has more than 100 lines: make several lists)" in (
        result.message
    )
    assert landing.left == ["long.lst"]


def test_what_is_no_file_is_refused_once_and_never_opened(tmp_path: Path, landing: Any) -> None:
    folder = listed_files(tmp_path)
    os.mkfifo(folder / "pipe")
    (folder / "link").symlink_to("a.jpg")
    names = [b"pipe", b"link", b"sub", b"../../../../../../../../proc/self/mem"]
    landing.drop("odd.lst", b"\n".join(bytes(folder) + b"/" + name for name in names))

    landing.settle()
    for _ in range(3):
        landing.look(after_s=60)

    assert landing.events.filter(event="listed_missing")["files"].to_list() == [4]
    assert (landing.originals.height, landing.look().waiting_count) == (0, 0)


def test_a_file_listed_through_a_link_is_referenced_where_it_really_is(
    tmp_path: Path, archive: Any
) -> None:
    """The link is followed when the list is read; what is read later never follows one."""
    folder = listed_files(tmp_path)
    (folder / "link").symlink_to("sub")
    archive.drop("best.lst", bytes(folder / "link" / "b.jpg"))

    archive.settle()
    archive.look(after_s=6)

    (row,) = archive.originals.to_dicts()
    assert row["path"] == bytes(folder / "sub" / "b.jpg")
    source = source_of_row(archive.settings.home, row)
    assert source.content() == (folder / "sub" / "b.jpg").read_bytes()

"""What a look at the landing folders takes, and what it makes of it."""

import hashlib
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from resources.configuration.settings import LandingRoot, Limits, Settings
from resources.landing import patient_walk
from resources.landing.decide_taking import GATHER_SECONDS
from resources.landing.ingest import BUSY, confirm, look_at_landing, waiting_chunk_ids
from resources.landing.roots import LandingRootRefused
from tests.resources.conftest import SETTLE_SECONDS
from tests.support.running_service import wait_until

ODD_NAMES = [
    b"two\nlines.jpg",
    b"caf\xe9.jpg",
    b"n" * 251 + b".jpg",
    b"photo.jpg[page=2,n=-1]",
    b"-rf.jpg",
    "\u202egpj.exe".encode(),
    b"'); drop table image;--\".jpg",
    b"<img src=x onerror=alert(1)>.jpg",
    b"\x1b[31mred.jpg",
    b" .jpg ",
]


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_a_settled_file_is_moved_into_originals_read_only(landing: Any) -> None:
    landing.drop("Holiday.JPG", b"bytes")

    result = landing.settle()

    digest = sha256(b"bytes")
    (row,) = landing.originals.to_dicts()
    kept = f"{digest[:2]}/{digest[2:4]}/{digest}.jpg"
    assert landing.kept == {kept: b"bytes"}
    assert (landing.settings.media_home.originals / kept).stat().st_mode & 0o222 == 0
    assert row["image_id"] == f"holiday-{digest[:12]}"
    assert row["path"] == f"originals/{kept}".encode()
    assert (row["mode"], row["size_bytes"], row["file_name"]) == ("move", 5, "Holiday.JPG")
    assert landing.left == []
    assert (result.accepted_count, result.waiting_count, result.problems) == (1, 0, ())


def test_a_referenced_file_is_neither_copied_nor_touched(archive: Any) -> None:
    path = Path(os.fsdecode(archive.drop("2024/a.jpg")))
    before = path.stat()

    archive.settle()

    assert archive.kept == {}
    assert archive.originals["path"].to_list() == [bytes(path)]
    assert (path.stat().st_ctime_ns, path.stat().st_ino) == (before.st_ctime_ns, before.st_ino)


def test_a_file_is_taken_only_after_it_stayed_the_same_for_the_whole_wait(landing: Any) -> None:
    """Counting looks would not do: two looks may be milliseconds apart."""
    landing.drop("a.jpg", b"first")
    counts = [landing.look(after_s=after_s).accepted_count for after_s in (0, 0.1, 2, 2)]
    landing.drop("a.jpg", b"first and second")
    counts += [landing.look(after_s=after_s).accepted_count for after_s in (2, 4)]
    assert (counts, landing.left) == ([0] * 6, ["a.jpg"])

    assert landing.look(after_s=1.5).accepted_count == 1
    assert landing.originals["sha256"].to_list() == [sha256(b"first and second")]


def test_a_folder_that_is_copied_file_by_file_is_one_chunk(landing: Any) -> None:
    """Each chunk is a run: one a file, while a folder is copied, cost more than the pictures."""
    for number in range(4):
        landing.drop(f"holiday/{number}.jpg", b"picture %d" % number)
        landing.look(after_s=0.5)
    counts = [landing.look(after_s=after_s).accepted_count for after_s in (3.7, 0.5, 0.5)]
    last = landing.look(after_s=0.5)

    assert (counts, last.accepted_count) == ([0, 0, 0], 4)
    assert [len(chunk.source_ids) for chunk in last.chunks] == [4]


def test_a_copy_without_end_holds_no_file_back_for_long(landing: Any) -> None:
    landing.drop("holiday/0.jpg")
    landing.look()
    taken_after_s = None
    for number in range(1, 20):
        landing.drop(f"holiday/{number}.jpg", b"picture %d" % number)
        if landing.look(after_s=0.5).accepted_count and taken_after_s is None:
            taken_after_s = number * 0.5

    assert taken_after_s == SETTLE_SECONDS + GATHER_SECONDS


def test_a_clock_that_steps_back_starts_the_wait_anew_and_blocks_nothing(landing: Any) -> None:
    landing.drop("a.jpg")
    landing.look()

    counts = [landing.look(after_s=after_s).accepted_count for after_s in (-900, 4, 1.5)]

    assert counts == [0, 0, 1]


@pytest.mark.parametrize("year_s", [-1, 915148800, 4070908800], ids=["1969", "1999", "2099"])
def test_the_date_of_a_file_does_not_matter(landing: Any, year_s: int) -> None:
    os.utime(landing.drop("a.jpg"), (year_s, year_s))

    assert landing.settle().accepted_count == 1


@pytest.mark.parametrize("name", ODD_NAMES)
@pytest.mark.parametrize("mode", ["move", "reference"])
def test_a_name_of_any_bytes_is_taken(
    make_landing: Callable[..., Any], mode: str, name: bytes
) -> None:
    landing = make_landing(mode)
    landing.drop(b"album/" + name)

    result = landing.settle()

    assert (result.accepted_count, result.problems) == (1, ())
    assert landing.sightings["path"].to_list() == [b"album/" + name]
    assert landing.sightings["path_display"][0].isprintable()
    assert (landing.left == []) is (mode == "move")


def test_identical_files_are_one_image_with_as_many_sightings(landing: Any) -> None:
    for name in ("b.jpg", "a.jpg", "deep/er/c.png", "deep/d.gif"):
        landing.drop(name, b"same")

    result = landing.settle()
    landing.drop("again.jpg", b"same")
    later = landing.settle()

    assert (result.accepted_count, result.duplicate_count) == (1, 3)
    assert (later.accepted_count, later.duplicate_count) == (0, 1)
    assert landing.originals.height == 1
    assert len(landing.kept) == 1
    assert landing.sightings["is_new"].sum() == 1
    assert landing.sightings["image_id"].n_unique() == 1
    assert landing.sightings.height == 5
    assert landing.left == []


def test_the_same_name_with_new_bytes_is_a_new_image(archive: Any) -> None:
    archive.drop("a.jpg", b"old")
    archive.settle()
    archive.drop("a.jpg", b"edited")
    archive.settle()

    assert archive.originals["sha256"].to_list() == [sha256(b"old"), sha256(b"edited")]
    assert archive.sightings["path"].to_list() == [b"a.jpg", b"a.jpg"]


@pytest.mark.parametrize("old", ["a.jpg", "one/two/a.jpg"], ids=["file", "folder"])
def test_a_rename_makes_a_sighting_and_a_new_place_and_nothing_else(archive: Any, old: str) -> None:
    archive.drop(old)
    first = archive.settle()
    confirm(archive.settings.media_home, [chunk.id for chunk in first.chunks])

    (archive.folder / old.split("/", maxsplit=1)[0]).rename(archive.folder / "new.jpg")
    result = archive.settle()

    new = b"new.jpg" if "/" not in old else b"new.jpg/two/a.jpg"
    assert (result.accepted_count, result.duplicate_count, result.chunks) == (0, 1, ())
    assert archive.sightings["path"].to_list() == [old.encode(), new]
    before, after = archive.originals.to_dicts()
    assert after["path"] == bytes(archive.folder) + b"/" + new
    assert after["image_id"] == before["image_id"]
    assert after["landed_at"] == before["landed_at"]


def test_a_renamed_folder_is_recognized_without_reading_it(archive: Any) -> None:
    archive.drop("2023/a.jpg", b"a")
    archive.drop("2023/b.jpg", b"b")
    archive.settle()

    (archive.folder / "2023").rename(archive.folder / "2024")
    result = archive.settle()

    assert (result.read_count, result.duplicate_count) == (0, 2)


def test_a_file_replaced_by_one_of_equal_size_and_date_no_longer_stands_for_its_image(
    archive: Any,
) -> None:
    first, copy = archive.drop("a.jpg", b"old picture"), archive.drop("b.jpg", b"old picture")
    for path in (first, copy):
        os.utime(path, (1e9, 1e9))
    archive.settle()
    Path(os.fsdecode(first)).unlink()
    os.utime(archive.drop("a.jpg", b"new picture"), (1e9, 1e9))
    archive.settle()
    archive.settle()

    newest = archive.originals.group_by("sha256", maintain_order=True).last()
    places = dict(newest.select("sha256", "path").iter_rows())
    assert places == {
        hashlib.sha256(b"old picture").hexdigest(): copy,
        hashlib.sha256(b"new picture").hexdigest(): first,
    }


def test_when_the_file_that_stands_for_an_image_goes_a_copy_takes_its_place(archive: Any) -> None:
    """The copy was seen while the first file still lay there."""
    first = archive.drop("first.jpg", b"same")
    second = archive.drop("second.jpg", b"same")
    archive.settle()
    assert archive.originals["path"].to_list() == [first]

    (archive.folder / "first.jpg").unlink()
    archive.look()

    assert archive.originals["path"].to_list() == [first, second]


def test_bytes_that_lay_in_an_archive_are_kept_once_they_are_dropped_to_be_moved(
    tmp_path: Path, make_landing: Callable[..., Any]
) -> None:
    """What is taken away from a landing folder must not depend on an archive."""
    landing = make_landing()
    other = tmp_path / "readonly"
    other.mkdir()
    (other / "a.jpg").write_bytes(b"same")
    roots = (LandingRoot(name="other", path=other, mode="reference"),)
    landing.settings = landing.settings.model_copy(
        update={"landing_roots": (*landing.settings.landing_roots, *roots)}
    )
    landing.settle()

    landing.drop("b.jpg", b"same")
    landing.settle()

    assert landing.originals["mode"].to_list() == ["reference", "move"]
    assert list(landing.kept.values()) == [b"same"]
    assert landing.left == []


def test_a_root_that_is_away_or_empty_is_named_and_forgets_nothing(archive: Any) -> None:
    for name in ("a.jpg", "b/c.jpg"):
        archive.drop(name, name.encode())
    archive.settle()
    away = archive.folder.with_name("away")

    archive.folder.rename(away)
    missing = archive.look()
    archive.folder.mkdir()
    empty = archive.look()
    archive.folder.rmdir()
    away.rename(archive.folder)
    back = archive.settle()

    assert "archive: .: the folder is not there (is it mounted?)" in missing.message
    assert "the folder is empty (is it mounted?)" in empty.message
    assert (back.read_count, back.accepted_count, back.problems) == (0, 0, ())
    assert (archive.originals.height, archive.sightings.height) == (2, 2)


def test_a_missing_root_does_not_stop_the_others(tmp_path: Path, landing: Any) -> None:
    gone = LandingRoot(name="gone", path=tmp_path / "gone")
    landing.settings = landing.settings.model_copy(
        update={"landing_roots": (gone, *landing.settings.landing_roots)}
    )
    landing.drop("a.jpg")

    result = landing.settle()

    assert (result.accepted_count, len(result.problems)) == (1, 1)


def test_a_root_that_falls_silent_does_not_stop_the_others_and_comes_back(
    landing: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    share = LandingRoot(name="a_share", path=tmp_path / "share")
    share.path.mkdir()
    (share.path / "far.jpg").write_bytes(b"far away")
    landing.settings = landing.settings.model_copy(
        update={"landing_roots": (share, *landing.settings.landing_roots)}
    )
    landing.drop("near.jpg")
    comes_back = hang(monkeypatch, share.path)
    monkeypatch.setattr(patient_walk, "PATIENCE_SECONDS", 0.1)

    silent = landing.settle()
    comes_back.set()
    wait_until(lambda: landing.look().problems == ())

    assert silent.accepted_count == 1
    assert "does not answer" in silent.message
    assert landing.settle().accepted_count == 1


def hang(monkeypatch: pytest.MonkeyPatch, root: Path) -> threading.Event:
    """Have the system not answer for a folder, as for a mount whose server is gone."""
    answers = threading.Event()
    scandir = os.scandir

    def slow_scandir(folder: Any) -> Any:
        if isinstance(folder, int) and os.path.samestat(os.fstat(folder), root.stat()):
            answers.wait()
        return scandir(folder)

    monkeypatch.setattr(os, "scandir", slow_scandir)
    return answers


def test_an_empty_landing_folder_is_no_problem(landing: Any) -> None:
    landing.drop("a.jpg")
    landing.settle()

    assert landing.look().message == "0 files: nothing new"


def test_a_file_above_the_size_limit_is_named_and_never_opened(
    make_landing: Callable[..., Any],
) -> None:
    landing = make_landing(limits=Limits(max_file_bytes=1000))
    os.truncate(landing.drop("huge.tif"), 20 * 1000**3)  # sparse
    landing.drop("small.jpg")

    result = landing.settle()

    assert (result.accepted_count, result.read_count) == (1, 1)
    assert result.message.endswith(
        "huge.tif: too large: 20,000,000,000 bytes, the limit is 1,000 (limits.max_file_bytes)"
    )
    assert landing.left == ["huge.tif"]


def test_a_link_that_takes_the_place_of_a_settling_file_is_not_followed(
    tmp_path: Path, landing: Any
) -> None:
    landing.drop("a.jpg")
    landing.look()
    (landing.folder / "a.jpg").unlink()
    (tmp_path / "secret").write_bytes(b"secret")
    (landing.folder / "a.jpg").symlink_to(tmp_path / "secret")

    assert landing.look(after_s=60).accepted_count == 0
    assert landing.kept == {}


def test_a_known_archive_is_looked_through_without_opening_a_file(archive: Any) -> None:
    """10,000 known files: an idle look may cost their names and states, nothing more."""
    for number in range(10_000):
        path = archive.folder / str(number // 1000) / f"{number}.jpg"
        path.parent.mkdir(exist_ok=True)
        path.touch()
    archive.settle()
    opened: list[object] = []
    is_watched = True

    def note(event: str, args: tuple[object, ...]) -> None:
        if is_watched and event == "open" and isinstance(args[0], bytes | str):
            opened.extend([args[0]] if os.fsencode(args[0]).endswith(b".jpg") else [])

    sys.addaudithook(note)
    try:
        result = archive.look()
    finally:
        is_watched = False

    assert (result.seen_count, result.read_count, opened) == (10_000, 0, [])


def test_what_the_time_budget_leaves_over_is_read_at_the_next_look(
    make_landing: Callable[..., Any],
) -> None:
    landing = make_landing("reference", hash_seconds_per_tick=1e-9, batch_size=50)
    for number in range(100):
        landing.drop(f"job/{number:03}.jpg", str(number).encode())

    first = landing.settle()
    looks = [first, *(landing.look() for _ in range(4))]

    counts = [look.read_count for look in looks]
    assert 0 < counts[0] < 100
    assert sum(counts) == 100
    assert landing.originals["image_id"].n_unique() == landing.originals.height == 100
    assert landing.originals["batch"].unique().to_list() == ["job"]


def test_a_handful_of_files_does_not_wait_behind_an_archive(
    make_landing: Callable[..., Any],
) -> None:
    landing = make_landing(hash_seconds_per_tick=1e-9)
    for number in range(100):
        landing.drop(f"archive/{number}.jpg", str(number).encode())
    landing.drop("urgent/now.jpg", b"now")

    landing.settle()

    assert "now.jpg" in landing.originals["file_name"].to_list()


def test_chunks_hold_images_of_one_batch_and_are_offered_until_confirmed(
    make_landing: Callable[..., Any],
) -> None:
    landing = make_landing(batch_size=2)
    for name in ("one/1.jpg", "one/2.jpg", "one/3.jpg", "two/4.jpg"):
        landing.drop(name, name.encode())

    offered = landing.settle().chunks
    home = landing.settings.media_home

    assert sorted((chunk.batch, len(chunk.source_ids)) for chunk in offered) == [
        ("one", 1),
        ("one", 2),
        ("two", 1),
    ]
    in_order = [image_id for chunk in offered for image_id in chunk.source_ids]
    assert in_order == landing.originals["image_id"].to_list()
    assert landing.look().chunks == offered
    confirm(home, [offered[0].id, "unheard of"])
    assert landing.look().chunks == offered[1:]
    assert waiting_chunk_ids(home) == [chunk.id for chunk in offered[1:]]


def test_a_second_look_at_the_same_time_says_so(landing: Any) -> None:
    landing.look()

    with FileLock(landing.settings.media_home.locks / "ingest.lock"):
        result = landing.look()

    assert result.is_busy
    assert result.message == BUSY


@pytest.mark.parametrize(
    "folder", ["home/originals", "home/rows/ingest", "home", "."], ids=lambda folder: folder
)
def test_a_root_that_overlaps_our_own_files_is_refused(tmp_path: Path, folder: str) -> None:
    """Else thumbnails would be taken for photos, and taken again forever."""
    root = LandingRoot(name="bad", path=tmp_path / folder)

    with pytest.raises(LandingRootRefused, match=r"'bad'.*overlaps"):
        look_at_landing(Settings(home=tmp_path / "home", landing_roots=(root,)))


def test_roots_that_overlap_each_other_through_a_link_are_refused(tmp_path: Path) -> None:
    (tmp_path / "photos" / "2024").mkdir(parents=True)
    (tmp_path / "shortcut").symlink_to(tmp_path / "photos" / "2024")
    roots = (
        LandingRoot(name="all", path=tmp_path / "photos", mode="reference"),
        LandingRoot(name="year", path=tmp_path / "shortcut", mode="reference"),
    )

    with pytest.raises(LandingRootRefused, match=r"'all'.*'year'.*overlap"):
        look_at_landing(Settings(home=tmp_path / "home", landing_roots=roots))


def test_the_default_root_is_the_landing_folder(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    look_at_landing(settings)
    (settings.media_home.landing / "a.jpg").write_bytes(b"x")

    assert look_at_landing(settings).waiting_count == 1

"""How settled files are read and put on record, from plain values."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.landing.decide_taking import (
    SLICE_BYTES,
    SLICE_FILES,
    BytesPlace,
    Taken,
    fitting,
    gathered,
    in_batches,
    in_slices,
    is_full,
    is_on_record,
    place_bytes,
)
from resources.landing.file import ReadFile
from resources.landing.lists import ListedPath, claim
from resources.landing.records import FileKind, KnownFile, Pending
from resources.landing.roots import WatchedRoot
from resources.landing.scan import Signature
from resources.sources.identities import KnownSource

LANDING = WatchedRoot("in", b"/in", is_move=True)
ARCHIVE = WatchedRoot("in", b"/in", is_move=False)
STATE = Signature(5, 1, 2, 3)
COPY = Path("copy")


def pending(path: bytes, *, batch: str = "job", size_bytes: int = 5, **told: Any) -> Pending:
    state = STATE._replace(size_bytes=size_bytes)
    return replace(Pending("in", path, state, 0.0, batch, FileKind.FOLDER), **told)


@pytest.mark.parametrize(
    ("settled", "settling", "taken"),
    [
        ({b"a": ("job", 9.0)}, {}, [b"a"]),
        ({b"a": ("job", 9.0)}, {b"b": "job"}, []),
        ({b"a": ("job", 9.0)}, {b"b": "other"}, [b"a"]),
        ({b"a": ("job", 8.0), b"c": ("job", 9.0)}, {b"b": "job"}, [b"a", b"c"]),
        ({b"a": ("job", 9.0), b"c": ("old", 8.0)}, {b"b": "job", b"d": "old"}, [b"c"]),
    ],
    ids=["alone", "waits_for_its_batch", "not_for_others", "not_for_long", "each_batch_alone"],
)
def test_what_has_settled_waits_a_moment_for_the_rest_of_its_batch(
    settled: dict[bytes, tuple[str, float]], settling: dict[bytes, str], taken: list[bytes]
) -> None:
    there = [pending(path, batch=batch, since_s=at) for path, (batch, at) in settled.items()]
    coming = [pending(path, batch=batch, since_s=12.0) for path, batch in settling.items()]

    found = gathered(there, coming, long_since_s=8.0)

    assert [entry.path for entry in found] == taken


def taken(name: bytes, sha256: str, copy: Path | None = None) -> Taken:
    return Taken(pending(name), ReadFile(sha256, copy), b"/in/" + name)


def test_the_smallest_batch_comes_first_and_its_files_by_path() -> None:
    files = [pending(b"b/%d" % n, batch="b") for n in (2, 1, 3)] + [pending(b"a/1", batch="a")]

    batches = in_batches(files)

    assert [[entry.path for entry in batch] for batch in batches] == [
        [b"a/1"],
        [b"b/1", b"b/2", b"b/3"],
    ]


@given(st.lists(st.integers(0, SLICE_BYTES * 2), max_size=100))
def test_slices_hold_every_file_once_and_end_at_their_limits(sizes: list[int]) -> None:
    files = [pending(b"%d" % number, size_bytes=size) for number, size in enumerate(sizes)]

    slices = list(in_slices(files))

    assert [entry for some in slices for entry in some] == files
    for some in slices:
        assert 0 < len(some) <= SLICE_FILES
        assert sum(entry.signature.size_bytes for entry in some[:-1]) < SLICE_BYTES


@given(st.lists(st.integers(0, 50), max_size=20), st.integers(-10, 100))
def test_what_is_read_fits_into_the_room_and_what_is_left_would_not(
    sizes: list[int], room: int
) -> None:
    files = [pending(b"%d" % number, size_bytes=size) for number, size in enumerate(sizes)]

    fit = fitting(files, room)

    left_room = room - sum(entry.signature.size_bytes for entry in fit)
    assert not fit or left_room >= 0
    assert all(entry.signature.size_bytes > left_room for entry in files if entry not in fit)


def test_a_commit_is_full_of_new_sources_or_of_files() -> None:
    files = [taken(b"%d" % number, f"{number}") for number in range(1000)]

    assert not is_full(files[:999], {"1"}, 2)
    assert is_full(files[:2], {"1", "2"}, 2)
    assert is_full(files, set(), 2)


def kept_path(one: Taken) -> bytes:
    return b"originals/" + one.read.sha256.encode() + b"-" + one.entry.name


def test_bytes_that_nobody_knows_are_kept_or_stay_where_they_are() -> None:
    (kept,) = place_bytes([taken(b"a.jpg", "a", COPY)], {}, kept_path)
    (stays,) = place_bytes([taken(b"a.jpg", "a")], {}, kept_path)

    assert kept == BytesPlace("move", b"originals/a-a.jpg")
    assert stays == BytesPlace("reference", b"/in/a.jpg")


KEPT = BytesPlace("move", b"originals/a.png")
LOST = replace(KEPT, is_at_hand=False)
THERE = BytesPlace("reference", b"/far/a.jpg")
GONE = replace(THERE, is_at_hand=False)


@pytest.mark.parametrize(
    ("before", "copy", "expected"),
    [
        (KEPT, COPY, KEPT),
        (LOST, COPY, KEPT),
        (THERE, COPY, BytesPlace("move", b"originals/a-b.jpg")),
        (GONE, COPY, BytesPlace("move", b"originals/a-b.jpg")),
        (KEPT, None, KEPT),
        (THERE, None, THERE),
        (LOST, None, BytesPlace("reference", b"/in/b.jpg")),
        (GONE, None, BytesPlace("reference", b"/in/b.jpg")),
    ],
)
def test_where_the_bytes_of_a_known_source_are_after_it_was_seen_again(
    before: BytesPlace, copy: Path | None, expected: BytesPlace
) -> None:
    (place,) = place_bytes([taken(b"b.jpg", "a", copy)], {"a": before}, kept_path)

    assert place == expected


@pytest.mark.parametrize("copy", [COPY, None], ids=["copied", "referenced"])
def test_files_of_one_commit_with_the_same_bytes_are_one_place(copy: Path | None) -> None:
    files = [taken(b"1.jpg", "a", copy), taken(b"2.png", "a", copy)]

    first, second = place_bytes(files, {"a": GONE}, kept_path)

    assert first == second


@pytest.mark.parametrize(
    ("root", "told", "ctime_ns", "expected"),
    [
        (LANDING, {}, 2, True),
        (LANDING, {}, 1, False),
        (LANDING, {}, None, True),
        (ARCHIVE, {}, 1, True),
        (LANDING, {"kind": FileKind.LISTED}, 1, True),
        (ARCHIVE, {"kind": FileKind.LISTED, "batch": "other"}, 2, False),
    ],
    ids=[
        "the_very_file",
        "another_drop_of_the_same_bytes",
        "after_a_crash",
        "an_archive_file_that_was_touched",
        "a_listed_file_that_was_touched",
        "a_file_of_another_list",
    ],
)
def test_a_sighting_is_written_once(
    root: WatchedRoot, told: dict[str, Any], ctime_ns: int | None, expected: bool
) -> None:
    source = KnownSource("a", "a-1", "move", b"", 5)
    known = KnownFile(*STATE, batch="job", source=source)

    found = is_on_record(pending(b"a.jpg", **told), "a-1", replace(known, ctime_ns=ctime_ns), root)

    assert found is expected
    assert not is_on_record(pending(b"a.jpg"), "b-1", known, root)
    assert not is_on_record(pending(b"a.jpg"), "a-1", None, root)


LIST = pending(b"best.lst", batch="best", kind=FileKind.LIST)
INSIDE = pending(b"job/1.jpg")


@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        (
            ListedPath(b"/in/job/1.jpg", INSIDE, "", was_taken=False),
            replace(INSIDE, batch="best", listed_in=b"best.lst"),
        ),
        (
            ListedPath(b"/far/2.jpg", None, STATE, was_taken=False),
            Pending("in", b"/far/2.jpg", STATE, 7.0, "best", FileKind.LISTED, b"best.lst"),
        ),
        (ListedPath(b"/in/3.jpg", None, "it is not there", was_taken=True), None),
        (ListedPath(b"/in/4.jpg", None, "it is not there", was_taken=False), "it is not there"),
    ],
    ids=["waits_in_the_folder", "lies_elsewhere", "was_taken_before", "is_missing"],
)
def test_what_a_list_gets_of_what_it_names(listed: ListedPath, expected: Any) -> None:
    assert claim(listed, LIST, 7.0) == expected

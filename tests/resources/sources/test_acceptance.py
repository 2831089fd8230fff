"""Whoever brings bytes, they become one source, once."""

import hashlib
import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.configuration.media_home import MediaHome
from resources.rows.row_store import RowStore
from resources.sources.acceptance import Arrival, accept, chunk_id, chunks, identify
from resources.sources.identities import KnownSource, StoredIdentities
from resources.sources.source_rows import ORIGINAL, SIDECAR, OriginalRow, stored_rows
from resources.stores.content_store import ContentStore

ROOT = Path(__file__).parents[3]
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def home(tmp_path: Path) -> MediaHome:
    home = MediaHome(tmp_path / "home")
    home.create()
    return home


def kept(home: MediaHome, content: bytes, **told: Any) -> Arrival:
    """Bytes in the originals store, ready to be accepted."""
    stored = ContentStore(home.originals).put(content, ".png", "image/png")
    path = stored.path.encode()
    given = {"name": b"page.png", "mode": "move", "path": path, **told}
    return Arrival(stored.sha256, len(content), **given)


def accepted(home: MediaHome, *arrivals: Arrival, **chosen: Any) -> list[Any]:
    given = {"root": "in", "batch": "book", "now": NOW, **chosen}
    return accept(home, RowStore(home.rows), arrivals, **given)


def originals(home: MediaHome) -> pl.DataFrame:
    return stored_rows(RowStore(home.rows), ORIGINAL, after_seq="")


def test_a_new_child_is_a_source_that_names_its_parent_and_place(home: MediaHome) -> None:
    child = kept(home, b"a picture", parent_id="book-1", place='{"page": 3}')

    (result,) = accepted(home, child)

    (row,) = originals(home).to_dicts()
    assert result.is_new
    assert result.source_id == row["image_id"] == f"page-{child.sha256[:12]}"
    assert (row["parent_id"], row["place"], row["medium"]) == ("book-1", '{"page": 3}', None)
    assert (row["batch"], row["root"], row["landed_at"]) == ("book", "in", NOW)
    assert row["_run_id"] == result.chunk_id
    assert result.chunk_id.startswith("children-")


def test_accepting_the_same_again_writes_nothing(home: MediaHome) -> None:
    arrivals = [kept(home, content, parent_id="b", place="{}") for content in (b"1", b"2", b"1")]
    first = accepted(home, *arrivals)
    before = originals(home)

    again = accepted(home, *arrivals)

    assert originals(home).equals(before)
    assert [one.source_id for one in again] == [one.source_id for one in first]
    assert [one.is_new for one in first] == [True, True, False]
    assert not any(one.is_new or one.row for one in again)


def test_known_bytes_are_the_known_source_whatever_they_are_called(home: MediaHome) -> None:
    (landed,) = accepted(home, kept(home, b"same", name=b"holiday.jpg"))

    (child,) = accepted(home, kept(home, b"same", parent_id="film-1", place='{"seconds": 2}'))

    assert child.source_id == landed.source_id
    assert originals(home).height == 1


def test_what_an_accept_that_was_killed_half_way_left_is_finished_under_the_same_chunk_ids(
    home: MediaHome, tmp_path: Path
) -> None:
    other = MediaHome(tmp_path / "other")
    other.create()
    contents = [b"%d" % number for number in range(5)]
    whole = accepted(other, *(kept(other, one) for one in contents), chunk_size=2)
    arrivals = [kept(home, one) for one in contents]

    accepted(home, *arrivals[:2], chunk_size=2)
    accepted(home, *arrivals, chunk_size=2)

    assert originals(home).height == 5
    assert set(originals(home)["_run_id"]) == {one.chunk_id for one in whole}


def test_a_referenced_source_whose_bytes_are_kept_by_now_is_read_from_there(
    home: MediaHome, tmp_path: Path
) -> None:
    """What a child needs must not depend on an archive."""
    archive = os.fsencode(tmp_path / "a.png")
    accepted(home, replace(kept(home, b"same"), mode="reference", path=archive))

    child = kept(home, b"same", parent_id="book-1")
    (result,) = accepted(home, child)
    accepted(home, child)

    assert [row["mode"] for row in originals(home).to_dicts()] == ["reference", "move"]
    assert originals(home)["path"].to_list()[1] == child.path
    assert originals(home)["parent_id"].to_list() == [None, None]
    assert not result.is_new


def test_a_kept_copy_stays_the_one_that_counts_unless_it_is_lost(home: MediaHome) -> None:
    first = kept(home, b"same")
    accepted(home, first)
    second = replace(first, path=first.path.replace(b".png", b".jpg"))
    place = home.root / os.fsdecode(second.path)
    place.write_bytes(b"same")

    accepted(home, second)
    assert originals(home).height == 1
    (home.root / os.fsdecode(first.path)).unlink()
    accepted(home, second)

    assert originals(home)["path"].to_list() == [first.path, second.path]


def test_new_sources_are_committed_by_medium_children_apart_in_chunks(home: MediaHome) -> None:
    told: list[dict[str, Any]] = [
        {"medium": "film"},
        {},
        {"medium": "image"},
        {"parent_id": "film-1"},
        {"medium": "film"},
        {"medium": "film"},
    ]
    arrivals = [kept(home, b"%d" % number, **one) for number, one in enumerate(told)]

    results = accepted(home, *arrivals, chunk_size=2)

    found = originals(home).group_by("_seq", maintain_order=True).agg("medium", "parent_id")
    assert found.select("medium", "parent_id").rows() == [
        (["film", "film"], [None, None]),
        (["film"], [None]),
        ([None, None], [None, None]),
        ([None], ["film-1"]),
    ]
    assert len({one.chunk_id for one in results}) == len({one.seq for one in results}) == 4


def row(number: int, **told: Any) -> OriginalRow:
    given = {"root": "in", "batch": "b", "landed_at": NOW, **told}
    return OriginalRow(f"x-{number}", f"{number:064}", "x", "move", b"x", 1, **given)


def test_a_chunk_is_named_by_its_sources_and_not_by_sidecars() -> None:
    """As before children were: run keys of one version must be those of the next."""
    members = [row(1), row(2, role=SIDECAR), row(3)]

    digest = hashlib.sha256(b"x-1\nx-3").hexdigest()[:16]
    assert chunk_id(members) == f"landing-{digest}"
    assert chunk_id([row(2, role=SIDECAR)]).startswith("seen-")


@given(
    st.lists(st.tuples(st.sampled_from([None, "film"]), st.booleans()), max_size=30),
    st.integers(1, 7),
)
def test_chunks_hold_every_row_once_and_only_rows_of_one_kind(
    kinds: list[tuple[str | None, bool]], size: int
) -> None:
    rows = [
        row(number, medium=medium, parent_id="p" if is_child else None)
        for number, (medium, is_child) in enumerate(kinds)
    ]

    made = list(chunks(rows, size))

    assert sorted(one.image_id for _, some in made for one in some) == sorted(
        one.image_id for one in rows
    )
    assert all(len({(one.medium, one.parent_id) for one in some}) == 1 for _, some in made)
    assert all(len(some) <= size for _, some in made)
    assert len({name for name, _ in made}) == len(made)


DIGEST = st.tuples(st.sampled_from(["a" * 12, "b" * 12]), st.integers(0, 5)).map(
    lambda parts: f"{parts[0]}{parts[1]:052x}"
)


@given(st.lists(DIGEST, max_size=12), st.sets(DIGEST, max_size=4))
def test_no_two_digests_get_one_id_even_if_they_begin_alike(
    digests: list[str], known: set[str]
) -> None:
    stored = {
        sha256: KnownSource(sha256, f"x-{sha256}", "move", b"", 1) for sha256 in sorted(known)
    }
    arrivals = [Arrival(sha256, 1, b"x.jpg", "move", b"x") for sha256 in digests]

    found = identify(arrivals, StoredIdentities(stored))

    assert [one.arrival.sha256 for one in found] == list(dict.fromkeys(digests))
    assert len({one.source_id for one in found}) == len(found)
    assert {one.arrival.sha256 for one in found if one.known} == known & set(digests)


ACCEPT_MANY = """
import hashlib, sys
from datetime import UTC, datetime
from pathlib import Path
from resources.configuration.media_home import MediaHome
from resources.rows.row_store import RowStore
from resources.sources.acceptance import Arrival, accept

home = MediaHome(Path(sys.argv[1]))
for number in range(30):
    content = b"%d" % number
    sha256 = hashlib.sha256(content).hexdigest()
    arrival = Arrival(sha256, len(content), sys.argv[2].encode(), "move", b"originals/x")
    accept(home, RowStore(home.rows), [arrival], root="in", batch="b", now=datetime.now(UTC))
"""


def test_processes_that_accept_the_same_bytes_at_once_agree_on_their_source(
    home: MediaHome,
) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    started = [
        subprocess.Popen([sys.executable, "-c", ACCEPT_MANY, str(home.root), name], env=environment)
        for name in ("one.jpg", "two.jpg", "three.jpg")
    ]

    assert [process.wait() for process in started] == [0, 0, 0]

    found = originals(home)
    assert found.filter(~pl.col("_run_id").eq("relocated"))["sha256"].n_unique() == 30
    assert found["image_id"].n_unique() == 30
    assert found["_seq"].is_sorted()

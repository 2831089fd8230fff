"""What comes out of a source becomes a source itself: none is lost, none is there twice."""

import io
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from PIL import Image

from media_assets.execution.children import accept_children
from media_assets.execution.derivative_rows import (
    adapter,
    nested_files,
    payload_of_row,
    row_of_attempt,
    table_of,
    table_schema,
)
from media_assets.execution.medium import Medium
from media_assets.execution.plans import has_files
from resources.configuration.media_home import MediaHome
from resources.decoding.decoder_pool import Attempt
from resources.outcomes import Outcome
from resources.rows.row_store import RowStore
from resources.sources.children import Child, keep_child
from resources.sources.originals import Source, source_of_row
from resources.sources.source_rows import ORIGINAL
from resources.stores.content_store import StoredFile
from tests.support.nested_payload import Region, Regions

PARENT: dict[str, Any] = {"image_id": "film-0123456789ab", "root": "landing", "batch": "films"}


@pytest.fixture
def home(tmp_path: Path) -> MediaHome:
    home = MediaHome(tmp_path / "home")
    home.create()
    return home


def frame(shade: int) -> bytes:
    file = io.BytesIO()
    Image.new("L", (8, 8), shade).save(file, "PNG")
    return file.getvalue()


def child(home: MediaHome, shade: int, seconds: float) -> Child:
    parent = Source(PARENT["image_id"], "0" * 64, "film.mp4", b"", home.root)
    place = {"seconds": seconds}
    return keep_child(parent, frame(shade), name="frame", suffix=".png", place=place)


def row_of(*children: Child) -> dict[str, Any]:
    return {"children": [adapter(Child).dump_python(one) for one in children]}


def originals(home: MediaHome) -> list[dict[str, Any]]:
    return RowStore(home.rows).scan(ORIGINAL.name).collect().to_dicts()


def test_a_child_is_accepted_with_its_parent_place_and_batch(home: MediaHome) -> None:
    row = row_of(child(home, 10, 0.5))
    accept_children(home, RowStore(home.rows), [(PARENT, row)])

    (original,) = originals(home)
    assert row["children"][0]["source_id"] == original["image_id"]
    assert original["image_id"].startswith("frame-")
    assert {name: original[name] for name in ("parent_id", "place", "batch", "root")} == {
        "parent_id": PARENT["image_id"],
        "place": '{"seconds": 0.5}',
        "batch": "films",
        "root": "landing",
    }
    assert source_of_row(home.root, original).content() == frame(10)


def test_killed_before_the_parents_row_the_next_run_finds_the_same_children(
    home: MediaHome,
) -> None:
    """The bytes are kept and accepted; the row that would name them was never written."""
    store = RowStore(home.rows)
    accept_children(home, store, [(PARENT, row_of(child(home, 10, 0.5), child(home, 20, 1.0)))])
    again = row_of(child(home, 10, 0.5), child(home, 20, 1.0))
    accept_children(home, store, [(PARENT, again)])

    ids = {original["image_id"] for original in originals(home)}
    assert len(originals(home)) == 2
    assert {one["source_id"] for one in again["children"]} == ids


def test_killed_after_the_bytes_were_kept_nothing_is_named_yet(home: MediaHome) -> None:
    kept = child(home, 10, 0.5)
    assert (home.root / kept.path).read_bytes() == frame(10)
    assert ORIGINAL.name not in RowStore(home.rows).tables()


def test_the_same_picture_at_two_places_is_one_source_that_is_named_twice(
    home: MediaHome,
) -> None:
    """A film has many black frames: bytes are the source, and the parent's row says where."""
    row = row_of(child(home, 0, 1.0), child(home, 0, 9.0))
    accept_children(home, RowStore(home.rows), [(PARENT, row)])

    first, second = row["children"]
    assert first["source_id"] == second["source_id"]
    assert [one["place"] for one in row["children"]] == ['{"seconds": 1.0}', '{"seconds": 9.0}']
    assert len(originals(home)) == 1


def test_a_row_without_children_accepts_nothing(home: MediaHome) -> None:
    accept_children(home, RowStore(home.rows), [(PARENT, {"children": None}), (PARENT, {})])
    assert ORIGINAL.name not in RowStore(home.rows).tables()


def test_files_in_lists_are_listed_under_their_place() -> None:
    """So that freshness, storage use, backup and sweep know them."""
    file = StoredFile("derivatives/aa/bb/x.jpg", "0" * 64, 3, "image/jpeg")
    regions = Regions(file, [Region(0, file), Region(1, file)])

    assert [place for place, _ in nested_files(regions)] == [
        "sheet",
        "regions.0.crop",
        "regions.1.crop",
    ]


def test_a_row_with_nested_files_gives_back_its_payload(home: MediaHome) -> None:
    """The sheet comes from ``files``, the crops from their own column."""
    file = StoredFile("derivatives/aa/bb/x.jpg", "0" * 64, 3, "image/jpeg")
    regions = Regions(file, [Region(0, file)])
    films = Medium("film", "source_films", "process_films", lambda head: head == b"film")
    films.asset(make_test_children, group_name="tests", kinds={"python"}, code_version="1")
    recipe = films.recipes["test_children"]
    today = recipe.today()
    row = row_of_attempt(today, "film-1", "f" * 64, {}, Attempt(Outcome.OK, value=regions))
    store = RowStore(home.rows)
    store.declare(table_of(recipe))
    frame_of_rows = pl.DataFrame([row], schema=table_schema(recipe))
    store.append(recipe.table, frame_of_rows, run_id="run", producer={})

    (stored,) = store.current(recipe.table, ["film-1"]).iter_rows(named=True)
    assert payload_of_row(Regions, stored) == regions
    assert [one["role"] for one in stored["files"]] == ["sheet", "regions.0.crop"]
    assert not has_files(home, stored)


def make_test_children(source: Source) -> Regions:
    raise NotImplementedError(source)

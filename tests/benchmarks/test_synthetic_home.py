"""A copy of an image is an image of its own, in every table."""

from pathlib import Path

import polars as pl
import pytest

from benchmarks.synthetic_home import copy_rows, moved, new_copy, random_hashes
from tests.support.synthetic_rows import SyntheticHome


def test_copies_are_other_images_made_of_the_same(tmp_path: Path) -> None:
    home = SyntheticHome(tmp_path)
    home.declare_recipes()
    ids = home.land("first", "one.jpg", "two.jpg")
    home.finish(ids)
    originals = home.store.scan("ingest/original").collect()

    copy_rows(home.store, new_copy(originals, 1))
    copy_rows(home.store, new_copy(originals, 2))

    held = home.store.scan("ingest/original").collect()
    assert held["image_id"].n_unique() == held["sha256"].n_unique() == 6
    for table in ("ingest/sighting", "image/thumbnails", "image/embedded_metadata"):
        rows = home.store.scan(table).collect()
        assert set(rows["image_id"]) == set(held["image_id"]), table
    assert all(sha.startswith(one[-12:]) for one, sha in held.select("image_id", "sha256").rows())


def test_a_copy_is_nobodys_duplicate_and_its_vector_is_as_long() -> None:
    """Hashes of whole homes that are alike would be millions of pairs to compare."""
    hashes = pl.Series(["93bb952424a37ad9", "93bb952424a37ad9", None])
    first, second, absent = random_hashes(hashes)
    assert first is not None
    assert first != second
    assert len(first) == 16
    assert absent is None
    near = moved(pl.Series([1.0, 0.0, 0.0]), 1)
    assert near is not None
    assert sum(one * one for one in near) == pytest.approx(1, abs=1e-5)
    assert near[0] < 1

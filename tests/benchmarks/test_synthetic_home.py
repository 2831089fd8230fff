"""A copy of an image is an image of its own, in every table."""

from pathlib import Path

from benchmarks.synthetic_home import copy_rows, new_copy
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
    hashes = home.store.scan("image/perceptual_hash").collect()
    assert hashes["phash"].n_unique() == 1 + 4 or hashes["phash"].null_count() == 0
    assert all(one[-12:] in sha for one, sha in held.select("image_id", "sha256").iter_rows())

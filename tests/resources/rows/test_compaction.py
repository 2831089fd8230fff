"""Facts about compaction: no row is lost or doubled, and nobody loses a file he is reading."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from filelock import FileLock

from resources.rows.compaction import Compaction, compact, pending, read_bases
from resources.rows.row_files import standing
from resources.rows.row_store import RowStore
from resources.rows.table import Table

TABLE = "image/perceptual_hash"
AT_ONCE = timedelta(seconds=-1)


@pytest.fixture
def store(tmp_path: Path) -> RowStore:
    store = RowStore(tmp_path / "rows")
    store.declare(
        Table(
            TABLE,
            pl.Schema({"image_id": pl.String(), "version": pl.Int64()}),
            ("image_id",),
            "Of a test.",
        )
    )
    return store


def put(store: RowStore, version: int, *image_ids: str) -> None:
    frame = pl.DataFrame({"image_id": image_ids, "version": [version] * len(image_ids)})
    store.append(TABLE, frame, run_id="r", producer={})


def put_many(store: RowStore, count: int, start: int = 0) -> None:
    for version in range(start, start + count):
        put(store, version, f"image-{version % 3}", f"other-{version}")


def rows(files: list[Path]) -> list[tuple[str, int]]:
    frame = pl.concat([pl.read_parquet(path) for path in files], how="diagonal")
    return sorted(frame.select("image_id", "version").iter_rows())


def names(paths: list[Path]) -> set[str]:
    return {path.name for path in paths}


def test_a_few_commits_are_left_alone(store: RowStore) -> None:
    put_many(store, 3)

    assert compact(store, TABLE, min_commits=4) == Compaction()


def test_folded_rows_are_the_same_rows_sorted_by_key(store: RowStore) -> None:
    put_many(store, 5)
    before = rows(store.files(TABLE))

    assert compact(store, TABLE, min_commits=5).folded == 5
    (base,) = read_bases(store, TABLE)

    assert rows([base]) == before
    assert pl.read_parquet(base)["image_id"].is_sorted()


def test_a_folded_commit_stays_for_an_hour_and_then_goes(store: RowStore) -> None:
    """A reader that listed the files before the fold opens them after it."""
    put_many(store, 5)
    compact(store, TABLE, min_commits=5)

    assert compact(store, TABLE, min_commits=5).deleted == 0
    assert compact(store, TABLE, min_commits=5, grace=AT_ONCE).deleted == 5
    assert len(store.files(TABLE)) == 1


def test_while_rows_lie_in_two_files_each_image_still_has_one_current_row(store: RowStore) -> None:
    put_many(store, 6)
    compact(store, TABLE, min_commits=6)

    current = store.current(TABLE, ["image-0", "image-1", "image-2"])

    assert dict(current.select("image_id", "version").iter_rows()) == {
        "image-0": 3,
        "image-1": 4,
        "image-2": 5,
    }


def test_compacting_twice_changes_nothing(store: RowStore) -> None:
    put_many(store, 5)
    compact(store, TABLE, min_commits=1)
    files = store.files(TABLE)

    assert compact(store, TABLE, min_commits=1) == Compaction()
    assert store.files(TABLE) == files


def test_many_bases_become_one_that_holds_each_row_once(store: RowStore) -> None:
    for part in range(4):
        put_many(store, 2, start=2 * part)
        compact(store, TABLE, min_commits=1, max_bases=4)

    (base,) = standing(read_bases(store, TABLE))

    assert [version for _, version in rows([base])].count(7) == 2
    assert len(rows([base])) == 16
    assert pending(store, TABLE, read_bases(store, TABLE)) == []


def test_after_a_merge_of_merges_the_last_base_stands_for_all(store: RowStore) -> None:
    for part in range(6):
        put_many(store, 1, start=part)
        compact(store, TABLE, min_commits=1, max_bases=2)
    bases = read_bases(store, TABLE)
    (last,) = standing(bases)

    compact(store, TABLE, grace=AT_ONCE)

    assert set(bases[last].replaces) >= {path.stem for path in bases if path != last}
    assert names(store.files(TABLE)) == {last.name}
    assert len(rows([last])) == 12


def test_rows_of_a_narrower_table_get_the_new_column(store: RowStore) -> None:
    put_many(store, 2)
    store.declare(
        Table(
            TABLE,
            pl.Schema({"image_id": pl.String(), "bits": pl.Int64()}),
            ("image_id",),
            "Of a test.",
        )
    )
    compact(store, TABLE, min_commits=1)

    (base,) = read_bases(store, TABLE)

    assert pl.read_parquet(base)["bits"].to_list() == [None] * 4


def test_a_second_compactor_steps_aside(store: RowStore) -> None:
    put_many(store, 5)
    with FileLock(store.root / TABLE / ".compaction.lock"):
        assert compact(store, TABLE, min_commits=1) == Compaction()


def test_what_a_killed_writer_left_is_swept_after_the_grace(store: RowStore) -> None:
    litter = store.inbox(TABLE) / ".0123456789abcdef.partial"
    litter.write_bytes(b"half a file")

    compact(store, TABLE)
    assert litter.exists()

    compact(store, TABLE, grace=AT_ONCE)
    assert not litter.exists()


def test_a_base_tells_when_it_was_made(store: RowStore) -> None:
    put_many(store, 2)
    compact(store, TABLE, min_commits=1)
    (manifest,) = read_bases(store, TABLE).values()

    made = datetime.fromisoformat(manifest.created_at)

    assert timedelta(0) <= datetime.now(UTC) - made < timedelta(minutes=5)
    assert sum(manifest.folded.values()) == manifest.row_count == 4

"""Facts about the row store: commits are whole, order survives the clock, tables may grow."""

import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from resources.rows.row_files import Manifest
from resources.rows.row_store import RowStore, SchemaConflict, UndeclaredTable
from resources.rows.table import Table

SCHEMA = pl.Schema(
    {
        "image_id": pl.String(),
        "outcome": pl.String(),
        "made_at": pl.Datetime("us", "UTC"),
        "files": pl.List(pl.Struct({"role": pl.String(), "size_bytes": pl.Int64()})),
    }
)
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def rows(*image_ids: str, outcome: str = "ok") -> pl.DataFrame:
    record = {"outcome": outcome, "made_at": NOW, "files": [{"role": "image", "size_bytes": 7}]}
    return pl.DataFrame([{"image_id": name, **record} for name in image_ids], schema=SCHEMA)


@pytest.fixture
def store(tmp_path: Path) -> RowStore:
    store = RowStore(tmp_path / "rows")
    store.declare(Table("image/viewing_copy", SCHEMA, ("image_id",), "Of a test."))
    return store


def put(store: RowStore, frame: pl.DataFrame) -> str:
    return store.append("image/viewing_copy", frame, run_id="run-1", producer={"code_version": "1"})


def test_what_is_appended_is_read_back_unchanged(store: RowStore) -> None:
    seq = put(store, rows("a", "b"))

    found = store.current("image/viewing_copy", ["a", "b", "unknown"])

    assert found.select(SCHEMA.names()).equals(rows("a", "b"))
    assert found["_seq"].to_list() == [seq, seq]
    assert found["_row"].to_list() == [0, 1]
    assert found["_run_id"].to_list() == ["run-1", "run-1"]


def test_the_newest_row_of_an_image_is_current_and_the_older_one_stays(store: RowStore) -> None:
    put(store, rows("a", outcome="failed"))
    put(store, rows("a", "b"))

    assert store.current("image/viewing_copy", ["a"])["outcome"].to_list() == ["ok"]
    assert store.scan("image/viewing_copy").collect().height == 3


def test_the_last_of_two_rows_of_one_batch_is_current(store: RowStore) -> None:
    put(store, pl.concat([rows("a", outcome="failed"), rows("a")]))

    assert store.current("image/viewing_copy", ["a"])["outcome"].to_list() == ["ok"]


def test_a_commit_tells_what_made_it(store: RowStore) -> None:
    seq = put(store, rows("a", "b"))

    manifest = Manifest.read(store.inbox("image/viewing_copy") / f"{seq}.parquet")

    assert (manifest.table, manifest.run_id, manifest.row_count) == (
        "image/viewing_copy",
        "run-1",
        2,
    )
    assert manifest.producer == {"code_version": "1"}
    assert manifest.schema_hash == store.declaration("image/viewing_copy").schema_hash


def test_commits_stay_in_order_when_the_clock_steps_back(
    store: RowStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise a result of today would count as older than the one it replaces."""
    first = put(store, rows("a", outcome="failed"))
    monkeypatch.setattr(time, "time_ns", lambda: 1)
    second = put(store, rows("a"))
    of_another_process = put(RowStore(store.root), rows("a", outcome="degraded"))

    assert first < second < of_another_process
    assert store.current("image/viewing_copy", ["a"])["outcome"].to_list() == ["degraded"]


def test_commits_to_two_tables_are_in_order_though_the_clock_stands_still(
    store: RowStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.declare(Table("image/thumbnails", SCHEMA, ("image_id",), "Of a test."))
    monkeypatch.setattr(time, "time_ns", lambda: 1_800_000_000_000_000_000)
    tables = ["image/viewing_copy", "image/thumbnails"] * 3

    seqs = [store.append(table, rows("a"), run_id="r", producer={}) for table in tables]

    assert [seq[:20] for seq in seqs] == sorted({seq[:20] for seq in seqs})


def test_threads_never_share_a_commit_id(store: RowStore) -> None:
    seqs: list[str] = []
    threads = [
        threading.Thread(target=lambda: seqs.extend(put(store, rows("a")) for _ in range(10)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len({seq[:20] for seq in seqs}) == 40


def test_a_new_column_is_null_in_older_rows(store: RowStore) -> None:
    put(store, rows("old"))
    store.declare(
        Table(
            "image/viewing_copy",
            pl.Schema({**SCHEMA, "width_px": pl.Int64()}),
            ("image_id",),
            "Of a test.",
        )
    )
    put(store, rows("new").with_columns(width_px=pl.lit(640, pl.Int64)))

    found = store.current("image/viewing_copy", ["old", "new"])

    assert dict(found.select("image_id", "width_px").iter_rows()) == {"old": None, "new": 640}


def test_older_code_may_still_declare_and_append(store: RowStore) -> None:
    """Two versions run side by side during an upgrade."""
    store.declare(
        Table(
            "image/viewing_copy",
            pl.Schema({**SCHEMA, "width_px": pl.Int64()}),
            ("image_id",),
            "Of a test.",
        )
    )
    store.declare(Table("image/viewing_copy", SCHEMA, ("image_id",), "Of a test."))
    put(store, rows("a"))

    assert store.current("image/viewing_copy", ["a"])["width_px"].to_list() == [None]


def test_a_column_cannot_change_its_type(store: RowStore) -> None:
    with pytest.raises(SchemaConflict, match=r"image/viewing_copy.outcome is String"):
        store.declare(
            Table(
                "image/viewing_copy",
                pl.Schema({**SCHEMA, "outcome": pl.Int64()}),
                ("image_id",),
                "Of a test.",
            )
        )


@pytest.mark.parametrize("key", [("outcome",), ("outcome", "image_id"), ()])
def test_a_table_cannot_change_its_key(store: RowStore, key: tuple[str, ...]) -> None:
    with pytest.raises(SchemaConflict, match=r"its key is|a log cannot become"):
        store.declare(Table("image/viewing_copy", SCHEMA, key, "Of a test."))


def test_a_key_may_get_a_further_column_in_which_older_rows_are_null(store: RowStore) -> None:
    """A preference for a picture stays one for the whole when preferences for parts come."""
    put(store, rows("a"))
    wide = pl.Schema({**SCHEMA, "part": pl.Int64()})
    store.declare(Table("image/viewing_copy", wide, ("image_id", "part"), "Of a test."))
    store.declare(Table("image/viewing_copy", SCHEMA, ("image_id",), "Of a test."))
    put(store, rows("a").with_columns(part=pl.lit(3, pl.Int64)))
    put(store, rows("a", outcome="degraded"))

    found = store.current("image/viewing_copy", ["a"]).sort("part")
    assert found.select("part", "outcome").rows() == [(None, "degraded"), (3, "ok")]


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (rows("a").with_columns(extra=1), "no column extra"),
        (rows("a").with_columns(outcome=pl.lit(1)), "outcome is String, the rows have Int32"),
        (rows("a").with_columns(image_id=pl.lit(None, pl.String)), "must never be null"),
        (rows("a").drop("image_id"), "must never be null"),
    ],
    ids=["unknown_column", "other_type", "null_key", "no_key"],
)
def test_rows_that_do_not_fit_are_refused_and_leave_nothing(
    store: RowStore, frame: pl.DataFrame, message: str
) -> None:
    with pytest.raises(SchemaConflict, match=message):
        put(store, frame)

    assert store.files("image/viewing_copy") == []


def test_a_column_of_nulls_fits_any_type(store: RowStore) -> None:
    put(store, rows("a").with_columns(files=pl.lit(None)))

    assert store.current("image/viewing_copy", ["a"])["files"].to_list() == [None]


def test_an_empty_batch_is_refused(store: RowStore) -> None:
    with pytest.raises(ValueError, match="at least one row"):
        put(store, rows("a").clear())


def test_an_undeclared_table_is_refused(store: RowStore) -> None:
    with pytest.raises(UndeclaredTable, match="image/thumbnails was never declared"):
        store.append("image/thumbnails", rows("a"), run_id="r", producer={})


@pytest.mark.parametrize("name", ["viewing_copy", "image/../x", "image/A", "a/b/c", "image/x'"])
def test_a_table_name_cannot_leave_the_folder(store: RowStore, name: str) -> None:
    with pytest.raises(ValueError, match="is no table name"):
        store.declare(Table(name, SCHEMA, ("image_id",), "Of a test."))


def test_a_declared_table_without_rows_is_empty(store: RowStore) -> None:
    assert store.current("image/viewing_copy", ["a"]).schema.names() == [
        *SCHEMA.names(),
        "_seq",
        "_row",
        "_run_id",
    ]
    assert store.tables() == ("image/viewing_copy",)


def test_a_full_disk_leaves_nothing_behind(
    store: RowStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", refuse)
    with pytest.raises(OSError, match="No space left"):
        put(store, rows("a"))

    folder = store.inbox("image/viewing_copy")
    assert [path.name for path in folder.iterdir()] == ["_declared.parquet"]

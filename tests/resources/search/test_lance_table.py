"""A table of the index keyed by source and part, in a real LanceDB."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import pyarrow as pa
import pytest

from resources.search import lance_table
from resources.search.index_rows import RowKey
from resources.search.lance_table import LanceTable

WHOLE, LEFT, RIGHT = 0, 1, 2

Row = tuple[str, int, str, Sequence[float]]
"""source_id, part, version, vector."""

ROWS: list[Row] = [
    ("a", WHOLE, "1", (1.0, 0.0)),
    ("a", LEFT, "1", (0.9, 0.1)),
    ("a", RIGHT, "1", (0.0, 1.0)),
    ("b", WHOLE, "1", (0.8, 0.2)),
]


def batch(rows: Iterable[Row]) -> pa.RecordBatch:
    source_ids, parts, versions, vectors = zip(*rows, strict=True)
    columns = {
        "source_id": pa.array(source_ids),
        "part": pa.array(parts, pa.int32()),
        "version": pa.array(versions),
        "vector": pa.array(vectors, pa.list_(pa.float32(), 2)),
    }
    return pa.RecordBatch.from_pydict(columns)


@pytest.fixture
def table(tmp_path: Path) -> LanceTable:
    first = batch(ROWS)
    made = LanceTable.create(
        tmp_path, "faces", pa.RecordBatchReader.from_batches(first.schema, [first])
    )
    made.maintain()
    return made


def held(table: LanceTable) -> dict[RowKey, str]:
    """(source_id, part) -> version; fails when one is there twice."""
    rows = table.versions().select("source_id", "part", "version").rows()
    found = {(source_id, part): version for source_id, part, version in rows}
    assert len(found) == len(rows)
    return found


def test_the_parts_of_a_source_are_rows_of_their_own(table: LanceTable) -> None:
    assert held(table) == {(source_id, part): version for source_id, part, version, _ in ROWS}


def test_a_row_replaces_that_of_the_same_source_and_part_only(table: LanceTable) -> None:
    table.upsert([batch([("a", LEFT, "2", (0.5, 0.5)), ("b", RIGHT, "1", (0.1, 0.9))])])
    assert held(table) == {
        ("a", WHOLE): "1",
        ("a", LEFT): "2",
        ("a", RIGHT): "1",
        ("b", WHOLE): "1",
        ("b", RIGHT): "1",
    }


def test_one_part_is_deleted_and_the_others_stay(table: LanceTable) -> None:
    table.delete([("a", RIGHT), ("b", WHOLE), ("b", LEFT), ("nowhere", WHOLE)])
    assert held(table) == {("a", WHOLE): "1", ("a", LEFT): "1"}


def test_more_rows_than_one_deletion_takes_are_deleted(
    table: LanceTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lance_table, "KEYS_PER_DELETION", 1)
    table.delete([("a", WHOLE), ("b", WHOLE)])
    assert set(held(table)) == {("a", LEFT), ("a", RIGHT)}


def test_a_source_is_found_once_with_its_best_part(table: LanceTable) -> None:
    hits = table.nearest([0.0, 1.0], 2)
    assert [(hit.source_id, hit.part) for hit in hits] == [("a", RIGHT), ("b", WHOLE)]
    assert hits[0].score == pytest.approx(1.0)


@pytest.mark.parametrize("filter_takes", [2000, 0], ids=["filter_in_search", "filter_afterwards"])
def test_many_parts_of_one_source_do_not_hide_the_next(
    table: LanceTable, filter_takes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lance_table, "KEYS_IN_A_FILTER", filter_takes)
    table.upsert([batch(("c", part, "1", (1.0, 0.001 * part)) for part in range(50))])
    found = [hit.source_id for hit in table.nearest([1.0, 0.0], 2, only={"b", "c"})]
    assert found == ["c", "b"]
    assert [hit.source_id for hit in table.nearest([1.0, 0.0], 9)] == ["a", "c", "b"]
    assert table.nearest([1.0, 0.0], 9, only=set()) == []


def test_both_columns_of_the_key_are_indexed(table: LanceTable) -> None:
    """With an index on the source alone a new row costs seven times as much (measured)."""
    indexed = {column for index in table._table.list_indices() for column in index.columns}
    assert indexed == {"source_id", "part"}

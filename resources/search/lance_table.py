"""One LanceDB table: the only module that knows LanceDB (0.40), whose import takes two seconds.

A row is named by source_id and part: part 0 is the whole source, others are regions of it. It has a
``version`` and a ``vector``.

Lance is a cache here, and is used accordingly: nothing in it is the only copy, one process writes
(concurrent merges of the same new key write it twice: lance issues 4585 and 8949), what it writes
is flushed to disk by us because it never does that itself, and what cannot be read is replaced.
"""

import os
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from resources.search.index_rows import KEY, VERSIONS, DamagedTable, RowKey
from resources.search.rank_fusion import Hit, best_parts
from resources.stores.content_store import sync_folder
from resources.warehouse.sql_text import literal

if TYPE_CHECKING:
    import polars as pl
    import pyarrow as pa

LANCE_ERRORS = (RuntimeError, ValueError, OSError)
"""What LanceDB raises for a damaged file, a missing one and a wrong argument alike."""

VECTOR_INDEX_FROM_ROWS = 50_000
"""Below, an exact scan is as fast as it needs to be (0.2 s) and finds everything."""

REFINE_FACTOR = 50
"""Candidates compared exactly per wanted row: the index keeps one bit per dimension. Recall@10 at
100 000 clustered vectors is 0.71 with 10, 0.90 with 20 and 1.00 with 50, for 5 ms more (measured).
"""

UNINDEXED_SHARE = 0.05
UNINDEXED_ROWS = 2_000
"""Rows that no index covers yet are scanned at each search; beyond this share they are indexed."""

MOST_FRAGMENTS = 64
"""Each commit adds one; lookups slow down with their number."""

OLD_VERSIONS_KEPT = timedelta(minutes=30)
"""Longer than any search takes: a reader may still be on the version before."""

KEYS_PER_DELETION = 1_000
KEYS_IN_A_FILTER = 2_000
"""Longer lists of allowed sources are applied to a longer list of results instead."""

FIRST_EXCESS = 3
"""How many times more results than expected are fetched first when the filter is applied after."""

NEXT_EXCESS = 4
"""How many times more results are fetched when those before were of too few sources."""

Found = dict[str, Any]
Fetch = Callable[[int, str | None], list[Found]]
"""At most so many rows, best first, for which a condition holds (all without one)."""

Score = Callable[[Found], float]


class LanceTable:
    """The table ``name`` in the folder of the index. Every method raises DamagedTable."""

    def __init__(self, folder: Path, name: str) -> None:
        self.path = folder / f"{name}.lance"
        self.name = name
        try:
            self._table: Any = _connect(folder).open_table(name)
        except LANCE_ERRORS as error:
            raise DamagedTable(f"{name}: {error}") from error

    @classmethod
    def create(cls, folder: Path, name: str, rows: "pa.RecordBatchReader") -> "LanceTable":
        """A new table with these rows. Raises DamagedTable when LanceDB cannot write it."""
        try:
            _connect(folder).create_table(name, rows)
        except LANCE_ERRORS as error:
            raise DamagedTable(f"{name} cannot be written: {error}") from error
        return cls(folder, name)

    @property
    def columns(self) -> dict[str, str]:
        """Column name -> Arrow type; see ``column_types``."""
        return column_types(self._table.schema)

    def versions(self) -> "pl.DataFrame":
        """source_id, part and version of every row, read from all data files."""
        import polars as pl  # a search does without

        try:
            found = self._table.search().select([*VERSIONS]).to_arrow()
        except LANCE_ERRORS as error:
            raise DamagedTable(f"{self.name}: {error}") from error
        return pl.DataFrame({name: found[name].to_pylist() for name in VERSIONS}, schema=VERSIONS)

    def upsert(self, batches: "Iterable[pa.RecordBatch]") -> None:
        """Add the rows; a row with the same source_id and part is replaced."""
        try:
            for batch in batches:
                merge = self._table.merge_insert([*KEY])
                merge.when_matched_update_all().when_not_matched_insert_all().execute(
                    _as_table(batch)
                )
        except LANCE_ERRORS as error:
            raise DamagedTable(f"{self.name} cannot be written: {error}") from error

    def delete(self, keys: Iterable[RowKey]) -> None:
        """Remove these rows."""
        parts: dict[int, list[str]] = defaultdict(list)
        for source_id, part in keys:
            parts[part].append(source_id)
        try:
            for part, source_ids in parts.items():
                for start in range(0, len(source_ids), KEYS_PER_DELETION):
                    some = source_ids[start : start + KEYS_PER_DELETION]
                    self._table.delete(f"part = {part} and {_among(some)}")
        except LANCE_ERRORS as error:
            raise DamagedTable(f"{self.name} cannot be written: {error}") from error

    def maintain(self) -> None:
        """Make the indices that the table's size asks for, fold small files, flush to disk."""
        try:
            self._create_indices()
            if self._is_untidy():
                self._table.optimize(cleanup_older_than=OLD_VERSIONS_KEPT)
        except LANCE_ERRORS as error:
            raise DamagedTable(f"{self.name} cannot be indexed: {error}") from error
        flush(self.path)

    def row_count(self) -> int:
        """The number of rows."""
        try:
            return int(self._table.count_rows())
        except LANCE_ERRORS as error:
            raise DamagedTable(f"{self.name}: {error}") from error

    def nearest(
        self, vector: Sequence[float], limit: int, only: Collection[str] | None = None
    ) -> list[Hit]:
        """The sources with the vectors most like ``vector``, best first; among ``only``, if given.

        Each source once, with its best part.
        """

        def search(count: int, allowed: str | None) -> list[Found]:
            query = self._table.search(list(vector)).distance_type("cosine")
            query = query.refine_factor(REFINE_FACTOR).select([*KEY, "_distance"])
            if allowed:
                query = query.where(allowed, prefilter=True)
            return list(query.limit(count).to_list())

        return self._filtered(search, lambda row: 1 - float(row["_distance"]), limit, only)

    def _filtered(
        self, search: Fetch, score: Score, limit: int, only: Collection[str] | None
    ) -> list[Hit]:
        """A short list of allowed sources goes into the search; a long one is applied after it."""
        if only is not None and not only:
            return []
        is_short = only is not None and len(only) <= KEYS_IN_A_FILTER
        allowed = _among(sorted(only)) if only is not None and is_short else None
        wanted = None if is_short else only
        count = limit
        try:
            if wanted:
                count *= FIRST_EXCESS * max(1, self._table.count_rows() // len(wanted))
            while True:
                found = search(count, allowed)
                hits = (Hit(row["source_id"], score(row), row["part"]) for row in found)
                kept = best_parts(hit for hit in hits if not wanted or hit.source_id in wanted)
                if len(kept) >= limit or len(found) < count:
                    return kept[:limit]
                count *= NEXT_EXCESS
        except LANCE_ERRORS as error:
            raise DamagedTable(f"{self.name}: {error}") from error

    def _create_indices(self) -> None:
        """Both columns of the key have one: at 400 000 rows a new row takes 8 ms so, else 58 ms."""
        from lancedb.index import BTree, IvfRq

        indexed = {column for index in self._table.list_indices() for column in index.columns}
        rows = self._table.count_rows()
        for column in KEY:
            if column not in indexed and rows:
                self._table.create_index(column, config=BTree())
        needs_vectors = "vector" in self.columns and rows >= VECTOR_INDEX_FROM_ROWS
        if needs_vectors and "vector" not in indexed:
            self._table.create_index("vector", config=IvfRq(distance_type="cosine"))

    def _is_untidy(self) -> bool:
        indices = self._table.list_indices()
        unindexed = max((index.num_unindexed_rows or 0 for index in indices), default=0)
        allowed = max(UNINDEXED_ROWS, UNINDEXED_SHARE * self._table.count_rows())
        fragments = self._table.stats()["fragment_stats"]["num_fragments"]
        return bool(unindexed > allowed or fragments > MOST_FRAGMENTS)


def column_types(schema: "pa.Schema") -> dict[str, str]:
    """Column name -> Arrow type; what the numbers within a vector are called does not count."""
    return {field.name: re.sub(r"<\w*: ", "<", str(field.type)) for field in schema}


def _connect(folder: Path) -> Any:
    os.environ.setdefault("LANCE_LOG", "error")  # its warnings go past Python's logging
    import lancedb

    return lancedb.connect(str(folder))


def _as_table(batch: "pa.RecordBatch") -> "pa.Table":
    import pyarrow as pa

    return pa.Table.from_batches([batch])


def _among(source_ids: Iterable[str]) -> str:
    return f"source_id in ({', '.join(map(literal, source_ids))})"


def flush(folder: Path) -> None:
    """Make all files below ``folder`` survive a power cut."""
    for parent, _, names in os.walk(folder):
        for name in names:
            descriptor = os.open(Path(parent, name), os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        sync_folder(Path(parent))
    sync_folder(folder.parent)

"""The rows of a picture that its package holds: all that were ever written about it.

What is found over all pictures together (duplicates, clusters) is computed again and is not among
them, nor is what happened to whole batches.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from media_assets.curation.duplicate_verdict import DUPLICATE_VERDICT
from media_assets.curation.human_record import HUMAN_RECORD
from media_assets.execution.derivative_rows import Row, table_of
from media_assets.execution.versions import PREFERENCE
from media_assets.media import image_recipes
from resources.landing.sidecar_links import SIDECAR_FILES
from resources.rows.row_envelope import IMAGE_ID
from resources.rows.row_store import RowStore
from resources.rows.table import Table
from resources.sources.held_sources import HELD_SOURCE
from resources.sources.source_rows import ORIGINAL, SIDECAR, SIGHTING

SOURCE_TABLES = (
    ORIGINAL,
    SIGHTING,
    SIDECAR_FILES,
    HELD_SOURCE,
    HUMAN_RECORD,
    PREFERENCE,
    DUPLICATE_VERDICT,
)


@dataclass(frozen=True)
class PackedRows:
    """All rows of one picture by table, oldest first; tables without one are absent."""

    image_id: str
    tables: Mapping[str, pl.DataFrame]

    @property
    def original(self) -> Row:
        """The row that says where its bytes are."""
        mine = self.tables[ORIGINAL.name].filter(pl.col(IMAGE_ID) == self.image_id)
        return mine.row(-1, named=True)

    @property
    def sidecars(self) -> dict[str, Row]:
        """SHA-256 -> where the bytes of every sidecar are that it ever had."""
        linked = self.tables.get(SIDECAR_FILES.name)
        found = linked.rows(named=True) if linked is not None else []
        return {one["sha256"]: one for row in found for one in row["sidecars"]}

    @property
    def newest_commit(self) -> str:
        """The id of the newest commit that has a row of it."""
        return max(str(rows["_seq"][-1]) for rows in self.tables.values())

    def newest(self, table: str) -> Row | None:
        """The newest row of a table; None without one."""
        rows = self.tables.get(table)
        return None if rows is None else rows.row(-1, named=True)


def packed_tables() -> list[Table]:
    """Every table of which packages hold rows, upstream before downstream."""
    return [*SOURCE_TABLES, *map(table_of, image_recipes().values())]


def packed_rows(store: RowStore, image_ids: Sequence[str]) -> list[PackedRows]:
    """The rows of these pictures, a few hundred at most, each of which has been accepted."""
    found: dict[str, dict[str, pl.DataFrame]] = {one: {} for one in image_ids}
    declared = set(store.tables())
    for table in packed_tables():
        if table.name in declared:
            id_column = next(iter(table.schema))
            for image_id, rows in by_id(store, table.name, id_column, image_ids).items():
                found[image_id][table.name] = rows
    return [with_sidecars(store, PackedRows(one, tables)) for one, tables in found.items()]


def by_id(
    store: RowStore, table: str, id_column: str, image_ids: Collection[str]
) -> dict[str, pl.DataFrame]:
    """Image id -> its rows of a table, oldest first."""
    rows = whole_rows(store, table, pl.col(id_column).is_in(list(image_ids)))
    parts = rows.partition_by(id_column, as_dict=True, maintain_order=True)
    return {str(image_id): part for (image_id,), part in parts.items()}


def with_sidecars(store: RowStore, packed: PackedRows) -> PackedRows:
    """The same with the rows of its sidecars, which are kept like originals."""
    hashes = list(packed.sidecars)
    if not hashes:
        return packed
    of_sidecars = (pl.col("role") == SIDECAR) & pl.col("sha256").is_in(hashes)
    tables = dict(packed.tables)
    for table in (ORIGINAL.name, SIGHTING.name):
        added = whole_rows(store, table, of_sidecars)
        own = tables.get(table, added.clear())
        tables[table] = pl.concat([own, added]).sort("_seq", "_row")
    return PackedRows(packed.image_id, tables)


def whole_rows(store: RowStore, table: str, among: pl.Expr) -> pl.DataFrame:
    """Rows with all columns, each once, oldest first."""
    found = store.scan(table).filter(among).collect()
    return found.unique(["_seq", "_row"]).sort("_seq", "_row")

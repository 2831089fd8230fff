"""Versions: every row of a derivative's history is one, and one of them counts.

A version is named by its commit and its place in it. Without a preference the newest usable one
counts. Preferences are written by ``media_assets.curation.preference``.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence

import polars as pl

from media_assets.execution.derivative_rows import Row
from resources.outcomes import USABLE
from resources.rows.row_store import RowStore
from resources.rows.table import Table

PREFERENCE = Table(
    "curation/preference",
    pl.Schema(
        {
            "image_id": pl.String(),
            "asset": pl.String(),
            "version": pl.String(),
            "decided_by": pl.String(),
            "note": pl.String(),
            "decided_at": pl.Datetime("us", "UTC"),
            "part": pl.Int64(),
        }
    ),
    ("image_id", "asset", "part"),
    "Which version of a caption, description or set of tags people want to see of an image, or of "
    "a part of it (null: the whole). Written by media prefer.",
)
VERSION = re.compile(r"(\d{20}-[0-9a-f]{8})-(\d+)")


def version_of(row: Row) -> str:
    """The name of the version that a row is."""
    return f"{row['_seq']}-{row['_row']}"


def chosen_rows(
    store: RowStore, tables: Mapping[str, str], source_ids: Sequence[str]
) -> dict[str, dict[str, Row]]:
    """Asset -> source id -> the row that counts; ``tables`` maps assets to their row tables.

    That is the preferred version, else the newest usable one: a remake that failed does not replace
    what there was. Sources without either are absent; preferences for a part of a source are not
    asked here. (SQL: stg_curation__chosen_versions)
    """
    store.declare(PREFERENCE)
    preferred: dict[str, list[str]] = {}
    for row in store.current(PREFERENCE.name, source_ids).iter_rows(named=True):
        if row["version"] is not None and row["part"] is None:
            preferred.setdefault(row["asset"], []).append(row["version"])
    return {
        asset: chosen_of(store, table, source_ids, preferred.get(asset, ()))
        for asset, table in tables.items()
    }


def chosen_of(
    store: RowStore, table: str, source_ids: Sequence[str], versions: Collection[str]
) -> dict[str, Row]:
    """Source id -> the row of one table that counts; ``versions`` are the preferred ones."""
    (id_column,) = store.declaration(table).key
    newest = newest_usable(store, table, source_ids)
    return {row[id_column]: row for row in (*newest, *rows_of_versions(store, table, versions))}


def newest_usable(store: RowStore, table: str, source_ids: Sequence[str]) -> Iterator[Row]:
    """The newest row of each source that carries a payload."""
    (id_column,) = store.declaration(table).key
    among = pl.col(id_column).is_in(list(source_ids)) & pl.col("outcome").is_in(
        [outcome.value for outcome in USABLE]
    )
    found = store.scan(table).filter(among).collect().sort("_seq", "_row")
    yield from found.unique(id_column, keep="last").iter_rows(named=True)


def rows_of_versions(store: RowStore, table: str, versions: Collection[str]) -> list[Row]:
    """The rows that these versions are; a name that no row has is passed over."""
    if not versions:
        return []
    found = [match for version in versions if (match := VERSION.fullmatch(version))]
    seqs = pl.col("_seq").is_in([match[1] for match in found])
    names = {(match[1], int(match[2])) for match in found}
    rows = store.scan(table).filter(seqs).collect().unique(["_seq", "_row"])
    return [row for row in rows.iter_rows(named=True) if (row["_seq"], row["_row"]) in names]

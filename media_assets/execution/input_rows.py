"""The rows that a source's derivative is made from: which are read, and whether they are usable."""

import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

from media_assets.execution.derivative_rows import Row, payload_of_row
from media_assets.execution.recipe import Recipe
from media_assets.execution.versions import chosen_rows, version_of
from resources.decoding.decoder_pool import Attempt
from resources.outcomes import USABLE, Outcome
from resources.rows.row_store import RowStore
from resources.sources.originals import original_path

SIDECARS_COLUMN = "sidecars"
"""Of a row that links sidecars to a source: where each one's bytes are."""


def newest_rows(store: RowStore, table: str, source_ids: Sequence[str]) -> dict[str, Row]:
    """Source id -> its newest row."""
    (id_column,) = store.declaration(table).key
    found = store.current(table, source_ids)
    return {row[id_column]: row for row in found.iter_rows(named=True)}


def read_inputs(
    recipe: Recipe,
    store: RowStore,
    source_ids: Sequence[str],
    known: Collection[str] = (),
) -> dict[str, dict[str, Row]]:
    """Table -> source id -> the row to be read: the newest, or the one that people prefer.

    Tables among ``known`` are left out.
    """
    tables = {name: recipe.input_table(name) for name in recipe.inputs}
    wanted = {name: table for name, table in tables.items() if table not in known}
    if recipe.reads_preferred:
        chosen = chosen_rows(store, wanted, source_ids)
        return {wanted[name]: rows for name, rows in chosen.items()}
    return {table: newest_rows(store, table, source_ids) for table in wanted.values()}


def is_used(recipe: Recipe, name: str, row: Row | None) -> bool:
    """Whether the input takes part: a required one always, an optional one when it is usable."""
    return name not in recipe.optional_inputs or (row is not None and row["outcome"] in USABLE)


def name_of_input(recipe: Recipe, row: Row) -> str:
    """What distinguishes an input's row from another: its fingerprint, or its version if it counts.

    Two versions may have one fingerprint (made again by a model that varies).
    """
    return version_of(row) if recipe.reads_preferred else str(row["fingerprint"])


def input_values(recipe: Recipe, used: Mapping[str, Row | None]) -> dict[str, object]:
    """The payload of each input that is used; None for the others."""
    return {
        name: payload_of_row(kind, row) if (row := used.get(name)) else None
        for name, kind in recipe.input_types.items()
    }


def files_of_rows(home: Path, rows: Iterable[Row | None]) -> tuple[bytes, ...]:
    """The absolute paths of all files that these rows name: renditions, and sidecars."""
    root = bytes(home) + b"/"
    return tuple(
        path
        for row in rows
        if row
        for path in (
            *(root + os.fsencode(file["path"]) for file in row.get("files") or ()),
            *(
                original_path(home, one["mode"], one["kept_at"])
                for one in row.get(SIDECARS_COLUMN) or ()
                if isinstance(one, dict)
            ),
        )
    )


def blocking_input(rows: Mapping[str, Row | None]) -> tuple[Attempt, bool] | None:
    """Why the derivative cannot be made from its inputs, and whether that may change by itself."""
    for name, row in rows.items():
        if row is None:
            return Attempt(Outcome.SKIPPED, f"{name} has not been made yet"), True
        if row["outcome"] not in USABLE:
            may_change = row["outcome"] == Outcome.FAILED or row["is_unfinished"]
            reason = f"{name} is {row['outcome']}: {row['reason']}"
            return Attempt(Outcome.SKIPPED, reason), may_change
    return None

"""The rows that an image's derivative is made from: which are read, and whether they will do."""

from collections.abc import Mapping, Sequence

from media_assets.curation.preference import chosen_rows, version_of
from media_assets.execution.derivative_rows import Row, payload_of_row
from media_assets.execution.recipe import Recipe, table_of
from resources.decoding.decoder_pool import Attempt
from resources.outcomes import USABLE, Outcome
from resources.rows.row_store import RowStore


def newest_rows(store: RowStore, table: str, image_ids: Sequence[str]) -> dict[str, Row]:
    """Image id -> its newest row."""
    return {row["image_id"]: row for row in store.current(table, image_ids).iter_rows(named=True)}


def read_inputs(
    recipe: Recipe, store: RowStore, image_ids: Sequence[str]
) -> Mapping[str, Mapping[str, Row]]:
    """Input -> image id -> the row to be read: the newest, or the one that people prefer."""
    tables = {name: table_of(name) for name in recipe.inputs}
    if recipe.reads_preferred:
        return chosen_rows(store, tables, image_ids)
    return {name: newest_rows(store, table, image_ids) for name, table in tables.items()}


def is_used(recipe: Recipe, name: str, row: Row | None) -> bool:
    """Whether the input takes part: a required one always, an optional one when it is usable."""
    return name not in recipe.optional_inputs or (row is not None and row["outcome"] in USABLE)


def name_of_input(recipe: Recipe, row: Row) -> str:
    """What tells an input's row from another: its fingerprint, or its version where that counts.

    Two versions may have one fingerprint (made again by a model that varies).
    """
    return version_of(row) if recipe.reads_preferred else str(row["fingerprint"])


def input_values(recipe: Recipe, used: Mapping[str, Row | None]) -> dict[str, object]:
    """The payload of each input that is used; None for the others."""
    return {
        name: payload_of_row(kind, row) if (row := used.get(name)) else None
        for name, kind in recipe.input_types.items()
    }


def blocking_input(rows: Mapping[str, Row | None]) -> tuple[Attempt, bool] | None:
    """Why the image cannot be made from its inputs, and whether that may change by itself."""
    for name, row in rows.items():
        if row is None:
            return Attempt(Outcome.SKIPPED, f"{name} has not been made yet"), True
        if row["outcome"] not in USABLE:
            may_change = row["outcome"] == Outcome.FAILED or row["is_unfinished"]
            reason = f"{name} is {row['outcome']}: {row['reason']}"
            return Attempt(Outcome.SKIPPED, reason), may_change
    return None

"""Today's recipes are written down once, and again when they change."""

from pathlib import Path

import polars as pl

from media_assets.tables import RECIPE, declare_tables
from resources.rows.row_store import RowStore


def recipe_of(store: RowStore, asset: str) -> dict[str, object]:
    (row,) = store.current(RECIPE.name, [asset]).iter_rows(named=True)
    return row


def rewrite(store: RowStore, asset: str, **changes: str | None) -> None:
    row = store.current(RECIPE.name, [asset]).select(pl.exclude("_seq", "_row", "_run_id"))
    changed = row.with_columns(
        pl.lit(value, pl.String()).alias(name) for name, value in changes.items()
    )
    store.append(RECIPE.name, changed, run_id="tests", producer={})


def test_an_edit_of_the_code_alone_keeps_the_date_of_the_recipe(tmp_path: Path) -> None:
    """Otherwise every new version of the program would make all derivatives new ones."""
    store = RowStore(tmp_path)
    declare_tables(store)
    today = recipe_of(store, "thumbnails")
    rewrite(store, "thumbnails", code_digest=None)

    declare_tables(store)

    assert recipe_of(store, "thumbnails")["code_digest"] == today["code_digest"]
    assert recipe_of(store, "thumbnails")["declared_at"] == today["declared_at"]


def test_another_code_version_is_a_recipe_of_today(tmp_path: Path) -> None:
    store = RowStore(tmp_path)
    declare_tables(store)
    today = recipe_of(store, "thumbnails")
    rewrite(store, "thumbnails", code_version="0")

    declare_tables(store)

    assert recipe_of(store, "thumbnails")["code_version"] == today["code_version"]
    assert recipe_of(store, "thumbnails")["declared_at"] != today["declared_at"]


def test_declaring_twice_writes_nothing(tmp_path: Path) -> None:
    store = RowStore(tmp_path)
    declare_tables(store)
    rows = store.scan(RECIPE.name).collect().height

    declare_tables(store)

    assert store.scan(RECIPE.name).collect().height == rows

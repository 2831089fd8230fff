"""Tells the row store which derivatives exist and by which recipe they are made today.

From this SQL knows what is missing and what is stale, and why, before anything runs. A recipe is
written again only when it changes; the older ones are its history.
"""

import importlib
import pkgutil
from datetime import UTC, datetime

import polars as pl

import media_assets.images
from media_assets.curation.human_record import declare_human_records
from media_assets.curation.preference import declare_preferences
from media_assets.execution.derivative_rows import Row, table_schema
from media_assets.execution.image_asset import recipes
from media_assets.execution.recipe import TodaysRecipe
from resources.landing.sidecar_links import declare_sidecar_files
from resources.rows.row_store import RowStore

RECIPE = "ingest/recipe"
RECIPE_KEY = ("asset",)
RECIPE_SCHEMA = pl.Schema(
    {
        "asset": pl.String(),
        "code_version": pl.String(),
        "engine": pl.String(),
        "engine_version": pl.String(),
        "parameters": pl.String(),
        "inputs": pl.List(pl.String()),
        "optional_inputs": pl.List(pl.String()),
        "reads_preferred": pl.Boolean(),
        "position": pl.Int64(),
        "declared_at": pl.Datetime("us", "UTC"),
    }
)


def declare_derivatives(store: RowStore) -> None:
    """Declare every derivative's table and commit the recipes that are new or changed."""
    import_derivatives()
    declare_human_records(store)
    declare_preferences(store)
    declare_sidecar_files(store)
    store.declare(RECIPE, RECIPE_SCHEMA, RECIPE_KEY)
    for recipe in recipes.values():
        store.declare(recipe.table, table_schema(recipe.payload_type))
    known = {
        row["asset"]: row for row in store.current(RECIPE, list(recipes)).iter_rows(named=True)
    }
    changed = [row for row in recipe_rows() if not is_same(row, known.get(row["asset"]))]
    if changed:
        frame = pl.DataFrame(changed, schema=RECIPE_SCHEMA)
        store.append(RECIPE, frame, run_id="declaration", producer={"made_by": "declaration"})


def import_derivatives() -> None:
    """Import every module beside this one, so that ``recipes`` is complete."""
    for module in pkgutil.iter_modules(media_assets.images.__path__, "media_assets.images."):
        importlib.import_module(module.name)


def recipe_rows() -> list[Row]:
    """Today's recipes, upstream before downstream."""
    return [recipe_row(recipe.today(), place) for place, recipe in enumerate(recipes.values())]


def recipe_row(today: TodaysRecipe, position: int) -> Row:
    """What SQL needs to know of a derivative that is made like this."""
    return {
        "asset": today.name,
        "code_version": today.recipe.code_version,
        "engine": today.engine.name,
        "engine_version": today.engine.version,
        "parameters": today.parameters_json,
        "inputs": list(today.recipe.inputs),
        "optional_inputs": sorted(today.recipe.optional_inputs),
        "reads_preferred": today.recipe.reads_preferred,
        "position": position,
        "declared_at": datetime.now(UTC),
    }


def is_same(row: Row, known: Row | None) -> bool:
    """Whether the stored recipe says the same, whenever it was declared."""
    return known is not None and all(
        row[name] == known[name] for name in row if name != "declared_at"
    )

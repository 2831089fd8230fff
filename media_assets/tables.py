"""Every row table there is, in one list; and today's recipes, written to the row store.

From the recipes SQL knows what is missing and what is stale, and why, before anything runs. A
recipe is written again only when it changes; the older ones are its history.
"""

from collections.abc import Collection
from datetime import UTC, datetime

import polars as pl

from media_assets.curation.duplicate_verdict import DUPLICATE_VERDICT
from media_assets.curation.human_record import HUMAN_RECORD
from media_assets.curation.retry_request import RETRY_REQUEST
from media_assets.curation.saved_query import SAVED_QUERY
from media_assets.curation.work_control import WORK_CONTROL
from media_assets.execution.code_digest import code_digest
from media_assets.execution.derivative_rows import Row, table_of
from media_assets.execution.recipe import TodaysRecipe
from media_assets.execution.retry_rules import RETRY_RULE, declare_retry_rules
from media_assets.execution.versions import PREFERENCE
from media_assets.fixity.fixity_check import FIXITY_CHECK
from media_assets.media import all_media
from media_assets.search.comparing.search_tables import (
    CLUSTERS,
    DUPLICATES,
    PIXEL_DIGESTS,
    SIMILAR_PAIRS,
)
from resources.configuration.settings import Settings
from resources.landing.left_out import LEFT_OUT
from resources.landing.sidecar_links import SIDECAR_FILES
from resources.orchestration.stuck_rows import STUCK_WORK
from resources.rows.row_store import RowStore
from resources.rows.table import Table
from resources.sources.held_sources import HELD_SOURCE
from resources.sources.source_rows import BATCH_EVENT, IMAGE_MEDIUM, ORIGINAL, SIGHTING

RECIPE = Table(
    "ingest/recipe",
    pl.Schema(
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
            "medium": pl.String(),
            "code_digest": pl.String(),
        }
    ),
    ("asset", "medium"),
    "How each derivative is made today: code version, engine, parameters and inputs. Rows are "
    "compared with it to find those that are stale. (medium: null for images)",
)

INGESTED = (
    ORIGINAL,
    SIGHTING,
    BATCH_EVENT,
    RECIPE,
    SIDECAR_FILES,
    LEFT_OUT,
    HELD_SOURCE,
    RETRY_RULE,
    STUCK_WORK,
)
CURATED = (HUMAN_RECORD, PREFERENCE, DUPLICATE_VERDICT, RETRY_REQUEST)
NOTED = (SAVED_QUERY, WORK_CONTROL)
"""About the work of people, not about sources: no derivative and no table is made of them."""

PRESERVED = (FIXITY_CHECK,)

COMPARED = (DUPLICATES, SIMILAR_PAIRS, PIXEL_DIGESTS, CLUSTERS)


def all_tables() -> list[Table]:
    """Every table that a home has from its beginning, those of derivatives last.

    Tables of what not everybody uses (bulk jobs, a chosen embedding space) come with their first
    row.
    """
    recipes = (recipe for medium in all_media().values() for recipe in medium.recipes.values())
    return [*INGESTED, *CURATED, *NOTED, *PRESERVED, *COMPARED, *map(table_of, recipes)]


def declare_tables(store: RowStore) -> None:
    """Declare every table; commit the recipes and retry rules that are new or changed."""
    for table in all_tables():
        store.declare(table)
    declare_retry_rules(store, Settings().most_attempts)
    wanted = recipe_rows()
    names = list({row["asset"] for row in wanted})
    stored = store.current(RECIPE.name, names).iter_rows(named=True)
    known = {(row["asset"], row["medium"]): row for row in stored}
    pairs = [(row, known.get((row["asset"], row["medium"]))) for row in wanted]
    changed = [dated(row, before) for row, before in pairs if not is_same(row, before)]
    if changed:
        frame = pl.DataFrame(changed, schema=RECIPE.schema)
        producer = {"made_by": "declaration"}
        store.append(RECIPE.name, frame, run_id="declaration", producer=producer)


def recipe_rows() -> list[Row]:
    """Today's recipes of all media, upstream before downstream."""
    return [
        recipe_row(recipe.today(), place)
        for medium in all_media().values()
        for place, recipe in enumerate(medium.recipes.values())
    ]


def recipe_row(today: TodaysRecipe, position: int) -> Row:
    """What SQL needs to know of a derivative that is made like this."""
    recipe = today.recipe
    return {
        "asset": today.name,
        "code_version": recipe.code_version,
        "engine": today.engine.name,
        "engine_version": today.engine.version,
        "parameters": today.parameters_json,
        "inputs": list(recipe.inputs),
        "optional_inputs": sorted(recipe.optional_inputs),
        "reads_preferred": recipe.reads_preferred,
        "position": position,
        "declared_at": datetime.now(UTC),
        "medium": None if recipe.medium == IMAGE_MEDIUM else recipe.medium,
        "code_digest": code_digest(recipe.make),
    }


def is_same(row: Row, known: Row | None, apart_from: Collection[str] = ("declared_at",)) -> bool:
    """Whether the stored recipe says the same, whenever it was declared."""
    return known is not None and all(
        row[name] == known[name] for name in row if name not in apart_from
    )


def dated(row: Row, known: Row | None) -> Row:
    """The recipe with the date since which it is made like this: edited code alone is no reason."""
    if known is not None and is_same(row, known, ("declared_at", "code_digest")):
        return {**row, "declared_at": known["declared_at"]}
    return row

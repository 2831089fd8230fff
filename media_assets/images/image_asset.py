"""Turns a pure function into a batched, partitioned Dagster asset.

One materialization event, one row and one outcome per image; one run per range of images. The
asset's key, description and lineage are read off the function and its module, so that a
derivative is one file.
"""

import inspect
import sys
import warnings
from collections.abc import Callable, Mapping
from functools import cache
from importlib.metadata import version

import dagster as dg
from pydantic import Field

from media_assets.images.batched_execution import Workbench, materialize_images
from media_assets.images.derivative_rows import ENVELOPE_DESCRIPTIONS, table_schema
from media_assets.images.partitions import source_images
from media_assets.images.recipe import Engine, Recipe
from resources.decoder_pool_resource import DecoderPoolResource
from resources.decoding import libvips_version
from resources.media_resource import MediaResource

IMAGES_PER_BACKFILL_RUN = 200
"""A run costs seconds to start and milliseconds per image; more images gain nothing further."""

OWNERS = ["team:media"]

ORIGINALS = dg.AssetKey(["ingest", "original"])
"""What an asset with no other input is made from."""

OTHER_DECODERS = ("pillow", "pi-heif", "imagecodecs", "pypdfium2")
"""Packages that read what libvips cannot; a new version of one may read what none did before."""

recipes: dict[str, Recipe] = {}
"""Every derivative defined so far, by name, upstream before downstream (import order)."""


class ImageSelection(dg.Config):
    """Narrows a run within its range of partitions."""

    only: list[str] = Field(default_factory=list)
    """Image ids to work on; empty means every image of the range."""
    force: bool = False
    """Make the derivative again although nothing it depends on has changed."""


@cache
def libvips() -> Engine:
    """Libvips with the decoders beside it, the default engine of renditions and measurements."""
    others = (f"{name} {version(name)}" for name in OTHER_DECODERS)
    return Engine("libvips", ", ".join([libvips_version(), *others]))


def image_asset(
    make: Callable[..., object],
    *,
    group_name: str,
    kinds: set[str],
    code_version: str,
    parameters: Mapping[str, object] | None = None,
    engine: Callable[[], Engine] = libvips,
) -> dg.AssetsDefinition:
    """The asset that runs ``make`` on every image of a range, in killable children.

    ``parameters`` are the constants that change what ``make`` returns; with ``code_version`` and
    the engine's name they decide which rows are stale.
    """
    recipe = Recipe(make, code_version, engine, parameters or {})
    recipes[recipe.name] = recipe

    def derivative(
        context: dg.AssetExecutionContext,
        config: ImageSelection,
        media: MediaResource,
        decoders: DecoderPoolResource,
    ) -> None:
        bench = Workbench(media.home, media.store, decoders.pool, context.run.run_id)
        materialize_images(context, recipe, bench, only=frozenset(config.only), force=config.force)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.BetaWarning)  # backfill_policy; Dagster is pinned
        return dg.asset(
            name=recipe.name,
            key_prefix="image",
            partitions_def=source_images,
            deps=[dg.AssetKey(["image", name]) for name in recipe.inputs] or [ORIGINALS],
            group_name=group_name,
            kinds=kinds,
            owners=OWNERS,
            code_version=code_version,
            description=inspect.getdoc(sys.modules[make.__module__]),
            backfill_policy=dg.BackfillPolicy.multi_run(IMAGES_PER_BACKFILL_RUN),
            metadata=definition_metadata(recipe),
        )(derivative)


def definition_metadata(recipe: Recipe) -> dict[str, dg.MetadataValue]:
    """What the UI shows of the asset before anything is made: its table and parameters."""
    schema = table_schema(recipe.payload_type)
    columns = [
        dg.TableColumn(name, str(dtype), description=ENVELOPE_DESCRIPTIONS.get(name))
        for name, dtype in schema.items()
    ]
    return {
        "dagster/table_name": dg.MetadataValue.text(recipe.table.replace("/", ".")),
        "dagster/column_schema": dg.MetadataValue.table_schema(dg.TableSchema(columns)),
        "parameters": dg.MetadataValue.json(dict(recipe.parameters)),
    }

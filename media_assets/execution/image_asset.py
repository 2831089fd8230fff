"""Turns a pure function into a batched, partitioned Dagster asset.

One materialization event, one row and one outcome per image; one run per range of images. The
asset's key, description and lineage are read off the function and its module, so that a
derivative is one file. ``image_asset`` calls the function in killable children that may decode
untrusted bytes, ``model_asset`` in the run's own process with a model at hand.
"""

import inspect
import sys
import warnings
from collections.abc import Callable, Mapping
from functools import cache
from importlib.metadata import version
from typing import Any

import dagster as dg
from pydantic import Field

from media_assets.execution.batched_execution import Runner, Workbench, materialize_images
from media_assets.execution.derivative_rows import table_schema
from media_assets.execution.model_runner import ModelRunner
from media_assets.execution.partitions import source_images
from media_assets.execution.recipe import Engine, Recipe, Terms, TodaysRecipe, table_of
from resources.configuration.settings import Settings
from resources.decoding.decoder_pool_resource import DecoderPoolResource
from resources.decoding.pixels import libvips_version
from resources.language.hints import hinted
from resources.models.model_choice import ModelChoice
from resources.orchestration.interruptions import interruptions_kept
from resources.orchestration.media_resource import MediaResource
from resources.rows.row_envelope import ENVELOPE_DESCRIPTIONS

IMAGES_PER_BACKFILL_RUN = 200
"""A run costs seconds to start and milliseconds per image; more images gain nothing further."""

OWNERS = ["team:media"]

ORIGINALS = dg.AssetKey(["ingest", "original"])
"""What an asset with no other input is made from."""

OTHER_DECODERS = ("pillow", "pi-heif", "imagecodecs", "pypdfium2")
"""Packages that read what libvips cannot; a new version of one may read what none did before."""

recipes: dict[str, Recipe] = {}
"""Every derivative defined so far, by name, upstream before downstream (import order)."""


_in_decoders: list[str] = []


def decoder_modules() -> list[str]:
    """The modules whose functions run in decoder children: imported once, before the fork."""
    return list(_in_decoders)


class ImageSelection(dg.Config):
    """Narrows a run within its range of partitions."""

    only: list[str] = Field(default_factory=list)
    """Image ids to work on; empty means every image of the range."""
    force: bool = False
    """Make the derivative again although nothing it depends on has changed."""
    hint: str | None = None
    """What a person says about these images; language models are told it."""


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
    reads_preferred: bool = False,
) -> dg.AssetsDefinition:
    """The asset that runs ``make`` on every image of a range, in killable children.

    ``parameters`` are the constants that change what ``make`` returns; with ``code_version`` and
    the engine's name they decide which rows are stale. With ``reads_preferred`` its inputs are the
    versions that people prefer, else the newest usable ones.
    """
    constants = dict(parameters or {})
    recipe = Recipe(
        make, code_version, lambda: Terms(engine(), constants), reads_preferred=reads_preferred
    )
    _in_decoders.append(make.__module__)

    def derivative(
        context: dg.AssetExecutionContext,
        config: ImageSelection,
        media: MediaResource,
        decoders: DecoderPoolResource,
    ) -> None:
        materialize(context, config, media, recipe.today(), decoders.pool)

    return partitioned_asset(
        derivative, recipe, group_name, kinds, {"parameters": dg.MetadataValue.json(constants)}
    )


def model_asset(
    make: Callable[..., object],
    *,
    group_name: str,
    kinds: set[str],
    code_version: str,
    choose: Callable[[Settings], ModelChoice[Any]],
) -> dg.AssetsDefinition:
    """The asset that runs ``make`` with a model on every image of a range, in the run's process.

    ``choose`` says which engine the settings and the disk ask for today: a changed model, prompt or
    threshold makes rows stale at the next look, without a restart.
    """
    recipe = Recipe(make, code_version, lambda: terms_of(choose(Settings())), needs_model=True)

    def derivative(
        context: dg.AssetExecutionContext, config: ImageSelection, media: MediaResource
    ) -> None:
        choice = choose(Settings())
        today = TodaysRecipe(recipe, terms_of(choice))
        context.log.info("%s: %s (%s)", recipe.name, choice.engine, choice.why)
        materialize(context, config, media, today, ModelRunner(recipe, choice))

    return partitioned_asset(derivative, recipe, group_name, kinds, {})


def terms_of(choice: ModelChoice[Any]) -> Terms:
    """A choice of model as the recipe's terms."""
    return Terms(Engine(choice.engine, choice.version), choice.parameters, choice)


def materialize(
    context: dg.AssetExecutionContext,
    config: ImageSelection,
    media: MediaResource,
    today: TodaysRecipe,
    runner: Runner,
) -> None:
    """Carry out one step of a run."""
    bench = Workbench(media.home, media.store, runner, context.run.run_id)
    with hinted(config.hint), interruptions_kept():
        materialize_images(context, today, bench, only=frozenset(config.only), force=config.force)


def partitioned_asset(
    derivative: Callable[..., None],
    recipe: Recipe,
    group_name: str,
    kinds: set[str],
    metadata: Mapping[str, dg.MetadataValue],
) -> dg.AssetsDefinition:
    """The asset of one recipe: named, keyed, described and linked by what the recipe says."""
    recipes[recipe.name] = recipe
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.BetaWarning)  # backfill_policy; Dagster is pinned
        return dg.asset(
            name=recipe.name,
            key_prefix="image",
            partitions_def=source_images,
            deps=[dg.AssetKey(table_of(name).split("/")) for name in recipe.inputs] or [ORIGINALS],
            group_name=group_name,
            kinds=kinds,
            owners=OWNERS,
            code_version=recipe.code_version,
            description=inspect.getdoc(sys.modules[recipe.make.__module__]),
            backfill_policy=dg.BackfillPolicy.multi_run(IMAGES_PER_BACKFILL_RUN),
            metadata={**table_metadata(recipe), **metadata},
        )(derivative)


def table_metadata(recipe: Recipe) -> dict[str, dg.MetadataValue]:
    """What the UI shows of the asset before anything is made: its table."""
    schema = table_schema(recipe.payload_type)
    columns = [
        dg.TableColumn(name, str(dtype), description=ENVELOPE_DESCRIPTIONS.get(name))
        for name, dtype in schema.items()
    ]
    return {
        "dagster/table_name": dg.MetadataValue.text(recipe.table.replace("/", ".")),
        "dagster/column_schema": dg.MetadataValue.table_schema(dg.TableSchema(columns)),
    }

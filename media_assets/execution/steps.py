"""The bodies of the assets: one step of a run, over a range of sources."""

from collections.abc import Callable
from functools import cache
from importlib.metadata import version

import dagster as dg
from pydantic import Field

from media_assets.execution.batched_execution import Runner, Workbench, materialize_sources
from media_assets.execution.model_runner import ModelRunner
from media_assets.execution.plans import Mode
from media_assets.execution.recipe import Engine, Recipe, TodaysRecipe
from resources.decoding.decoder_pool_resource import DecoderPoolResource
from resources.decoding.pixels import libvips_version
from resources.language.hints import hint_of
from resources.orchestration.interruptions import interruptions_kept
from resources.orchestration.media_resource import MediaResource

SOURCES_PER_RUN = 200
"""A run costs seconds to start and milliseconds per source; more sources gain nothing further."""

OTHER_DECODERS = ("pillow", "pi-heif", "imagecodecs", "pypdfium2")
"""Packages that read what libvips cannot; a new version of one may read what none did before."""

Step = Callable[..., None]


class SourceSelection(dg.Config):
    """Narrows a run within its range of partitions."""

    only: list[str] = Field(default_factory=list)
    """Source ids to work on; empty means every source of the range."""
    force: bool = False
    """Make the derivative again although nothing it depends on has changed."""
    leave_stale: bool = False
    """Leave what an older recipe made as it is: making it again is a decision."""
    hint: str | None = None
    """What a person says about these sources; language models get it."""
    part: int | None = None
    """The part of the source that the hint is about, such as a region; none means the whole."""


def mode_of(config: SourceSelection) -> Mode:
    """What the run is to make again."""
    if config.force:
        return Mode.REMAKE
    return Mode.COMPLETE if config.leave_stale else Mode.UPDATE


@cache
def libvips() -> Engine:
    """Libvips with the decoders beside it, the default engine of renditions and measurements."""
    others = (f"{name} {version(name)}" for name in OTHER_DECODERS)
    return Engine("libvips", ", ".join([libvips_version(), *others]))


def decoding_step(recipe: Recipe) -> Step:
    """The step that calls the pure function in killable children, which may decode any bytes."""

    def derivative(
        context: dg.AssetExecutionContext,
        config: SourceSelection,
        media: MediaResource,
        decoders: DecoderPoolResource,
    ) -> None:
        carry_out(context, config, media, recipe.today(), decoders.pool)

    return derivative


def model_step(recipe: Recipe) -> Step:
    """The step that calls the pure function in the run's own process, with a model at hand."""

    def derivative(
        context: dg.AssetExecutionContext, config: SourceSelection, media: MediaResource
    ) -> None:
        today = recipe.today()
        choice = today.terms.model
        if choice is None:
            raise TypeError(f"{recipe.name} is made by a model, and none was chosen")
        context.log.info("%s: %s (%s)", recipe.name, choice.engine, choice.why)
        runner = ModelRunner(recipe, choice, hint_of(config.hint, config.part))
        carry_out(context, config, media, today, runner)

    return derivative


def carry_out(
    context: dg.AssetExecutionContext,
    config: SourceSelection,
    media: MediaResource,
    today: TodaysRecipe,
    runner: Runner,
) -> None:
    """Carry out one step of a run."""
    bench = Workbench(media.home, media.store, runner, context.run.run_id)
    with interruptions_kept():
        materialize_sources(
            context, today, bench, only=frozenset(config.only), mode=mode_of(config)
        )

"""The bodies of the assets: one step of a run, over a range of sources."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from functools import cache
from importlib.metadata import version

import dagster as dg
from pydantic import Field

from media_assets.execution.batched_execution import materialize_sources
from media_assets.execution.model_runner import ModelRunner, begin_with_model
from media_assets.execution.plans import Mode, Order
from media_assets.execution.recipe import Engine, Recipe, TodaysRecipe
from media_assets.execution.reports import begin_reports
from media_assets.execution.visits import begin_visits
from media_assets.execution.workbench import Workbench
from resources.decoding.decoder_pool_resource import DecoderPoolResource
from resources.decoding.pixels import libvips_version
from resources.language.hints import hint_of
from resources.orchestration.interruptions import interruptions_kept
from resources.orchestration.media_resource import MediaResource
from resources.orchestration.run_tags import AGAIN_TAG, RETRY_NUMBER_TAG

SOURCES_PER_RUN = 200
"""A run costs seconds to start and milliseconds per source; more sources gain nothing further."""

OTHER_DECODERS = ("pillow", "pi-heif", "imagecodecs", "pypdfium2")
"""Packages that read what libvips cannot; a new version of one may read what none did before."""

Step = Callable[..., Iterator[dg.MaterializeResult[None]]]


class SourceSelection(dg.Config):
    """Narrows a run within its range of partitions."""

    only: list[str] = Field(default_factory=list)
    """Source ids to work on; empty means every source of the range."""
    force: bool = False
    """Make the selected derivatives again although nothing they depend on has changed."""
    remake: list[str] = Field(default_factory=list)
    """The same for these derivatives of the step only, by name."""
    leave_stale: bool = False
    """Leave what an older recipe made as it is: making it again is a decision."""
    report_only: bool = False
    """Make nothing: tell Dagster what is on record of the sources."""
    hint: str | None = None
    """What a person says about these sources; language models get it."""
    part: int | None = None
    """The part of the source that the hint is about, such as a region; none means the whole."""

    def mode(self, derivative: str) -> Mode:
        """What the run is to make again of one derivative."""
        if self.force or derivative in self.remake:
            return Mode.REMAKE
        return Mode.COMPLETE if self.leave_stale else Mode.UPDATE


def order_of(
    context: dg.AssetExecutionContext, config: SourceSelection, today: TodaysRecipe
) -> Order:
    """What the run is to make of one derivative.

    A run that a person started in the UI makes it again, as Materialize says; repeated after its
    process died, it goes on where that one had come to.
    """
    run = context.run
    mode = Mode.REMAKE if AGAIN_TAG in run.tags else config.mode(today.name)
    return Order(today, mode, same_work(context.instance, run))


def same_work(instance: dg.DagsterInstance, run: dg.DagsterRun) -> frozenset[str]:
    """The run, and if it is the repetition of dead ones, these too. See ``plans.Order``."""
    found = {run.run_id}
    while run.parent_run_id and RETRY_NUMBER_TAG in run.tags:
        found.add(run.parent_run_id)
        parent = instance.get_run_by_id(run.parent_run_id)
        if parent is None:
            break
        run = parent
    return frozenset(found)


@cache
def libvips() -> Engine:
    """Libvips with the decoders beside it, the default engine of renditions and measurements."""
    others = (f"{name} {version(name)}" for name in OTHER_DECODERS)
    return Engine("libvips", ", ".join([libvips_version(), *others]))


def visiting_step(recipes: Sequence[Recipe]) -> Step:
    """The step that calls the pure functions in killable children, which may decode any bytes.

    All that is selected of them is made in one visit per source.
    """

    def derivatives(
        context: dg.AssetExecutionContext,
        config: SourceSelection,
        media: MediaResource,
        decoders: DecoderPoolResource,
    ) -> Iterator[dg.MaterializeResult[None]]:
        selected = {key.path[-1] for key in context.selected_asset_keys}
        orders = [
            order_of(context, config, recipe.today())
            for recipe in recipes
            if recipe.name in selected
        ]
        bench = Workbench(media.home, media.store, decoders.pool, context.run.run_id)
        with interruptions_kept():
            begin = begin_reports if config.report_only else begin_visits
            materialize_sources(context, orders, bench, begin, frozenset(config.only))
        yield from ended(orders)

    return derivatives


def model_step(recipe: Recipe) -> Step:
    """The step that calls the pure function in the run's own process, with a loaded model."""

    def derivative(
        context: dg.AssetExecutionContext, config: SourceSelection, media: MediaResource
    ) -> Iterator[dg.MaterializeResult[None]]:
        today = recipe.today()
        choice = today.terms.model
        if choice is None:
            raise TypeError(f"{recipe.name} is made by a model, and none was chosen")
        context.log.info("%s: %s (%s)", recipe.name, choice.engine, choice.why)
        runner = ModelRunner(recipe, choice, hint_of(config.hint, config.part))
        orders = [order_of(context, config, today)]
        bench = Workbench(media.home, media.store, runner, context.run.run_id)
        with interruptions_kept(), closing(runner):
            begin = begin_reports if config.report_only else begin_with_model
            materialize_sources(context, orders, bench, begin, frozenset(config.only))
        yield from ended(orders)

    return derivative


def ended(orders: Sequence[Order]) -> Iterator[dg.MaterializeResult[None]]:
    """What Dagster wants of a step: each derivative's end. The sources were reported before."""
    for recipe in (order.today.recipe for order in orders):  # upstream before downstream
        yield dg.MaterializeResult(asset_key=dg.AssetKey([recipe.medium, recipe.name]))

"""Runs the derivatives of one step over the sources of a run: plan, make, commit, report.

One bad source harms only itself.

Order of writing per portion of sources: files (by the decoder processes); derivative by derivative
the sources that came out of them (``children``) and one Parquet commit of rows; then the
materialization events of all. A crash between any two is repaired by the next run, which finds the
rows that are fresh and makes the rest. The derivatives are committed downstream first: what is
missing after a crash is then made from the original, and comes out as it would have, to the byte.
While a portion's rows and events are written, the decoder processes work on the next sources
already.

What each source needs is decided in ``plans``. An unfinished source gets no event, and the run
fails at its last assets, so that Dagster shows exactly these sources as failed.
"""

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Sequence

import dagster as dg
import polars as pl

from media_assets.execution.children import accept_children
from media_assets.execution.derivative_rows import table_of, table_schema
from media_assets.execution.materializations import materialization
from media_assets.execution.plans import Order
from media_assets.execution.recipe import TodaysRecipe
from media_assets.execution.results import SourceResult, failure_of, failure_text
from media_assets.execution.workbench import Workbench
from resources.configuration.settings import Settings
from resources.orchestration.materialization_log import log_materializations
from resources.orchestration.run_tags import DEFER_EVENTS_TAG, PLANNED_TAG
from resources.orchestration.unfinished_notes import note_unfinished, unfinished_note
from resources.stores.free_space import has_room, no_room

SOURCES_AT_ONCE = 200
"""Planned together. Memory does not grow with the length of a run."""

FIRST_COMMIT_SECONDS = 1.5
"""After the first result; people see at once that something comes."""

OPEN_SHARE = 0.2
"""Of a run's time: what is made is committed when it has waited for longer."""

SECONDS_PER_COMMIT = 30.0
"""A crash loses at most this much work, and what a model was just working on."""

MOST_NAMED = 50
"""Ids in one line of a log."""

Begin = Callable[[Sequence[Order], Workbench, Sequence[str]], Iterator[list[SourceResult]]]
"""Begins to work on some sources, and gives the results source by source."""

logger = logging.getLogger(__name__)


def materialize_sources(
    context: dg.AssetExecutionContext,
    orders: Sequence[Order],
    bench: Workbench,
    begin: Begin,
    only: frozenset[str],
) -> None:
    """Bring the derivatives up to date for the run's sources and report to Dagster one by one.

    Raises dagster.Failure, which no retry policy repeats, when sources stay unfinished and no later
    asset of the run would say so.
    """
    for order in orders:
        bench.store.declare(table_of(order.today.recipe))
    keys = chosen_keys(context.partition_keys, only, context.log)
    unfinished: list[SourceResult] = []
    for portion in portions(process_sources(orders, bench, begin, keys)):
        for order in reversed(orders):
            results = [one for one in portion if one.derivative == order.today.name]
            commit_rows(order.today, bench, results)
        report_sources(context, orders, portion)
        unfinished += [one for one in portion if one.is_unfinished]
    places = {order.today.name: place for place, order in enumerate(orders)}
    report_unfinished(context, sorted(unfinished, key=lambda one: places[one.derivative]))


def chosen_keys(keys: Sequence[str], only: frozenset[str], log: logging.Logger) -> list[str]:
    """The run's keys that are among ``only``, or all; ids that are none of them are named."""
    if unknown := sorted(only.difference(keys)):
        log.warning("not among this run's sources: %s", ", ".join(unknown[:MOST_NAMED]))
    return [key for key in keys if not only or key in only]


def process_sources(
    orders: Sequence[Order], bench: Workbench, begin: Begin, source_ids: Sequence[str]
) -> Iterator[list[SourceResult]]:
    """Make what is not fresh; give the results source by source.

    Raises dagster.Failure when the disk is full.
    """
    for keys in slices(source_ids):
        refuse_full_disk(orders)
        yield from begin(orders, bench, keys)


def slices(keys: Sequence[str]) -> Iterator[Sequence[str]]:
    """``keys`` in order, at most SOURCES_AT_ONCE at a time."""
    for start in range(0, len(keys), SOURCES_AT_ONCE):
        yield keys[start : start + SOURCES_AT_ONCE]


def portions(finished: Iterable[list[SourceResult]]) -> Iterator[list[SourceResult]]:
    """The results in portions that are worth a commit: the first soon, then growing ones."""
    begun_s = committed_s = time.monotonic()
    portion: list[SourceResult] = []
    for results in finished:
        portion += results
        now_s = time.monotonic()
        if now_s - committed_s > seconds_open(now_s - begun_s):
            yield portion
            portion, committed_s = [], time.monotonic()
    if portion:
        yield portion


def seconds_open(elapsed_s: float) -> float:
    """How long results may wait for their commit, so many seconds after the start of the work."""
    return min(SECONDS_PER_COMMIT, max(FIRST_COMMIT_SECONDS, OPEN_SHARE * elapsed_s))


def refuse_full_disk(orders: Sequence[Order]) -> None:
    """Raise dagster.Failure when there is no room to work in; the sources stay as they were."""
    settings = Settings()
    if not has_room(settings):
        names = ", ".join(order.today.name for order in orders)
        raise dg.Failure(f"{names} waits: {no_room(settings)}", allow_retries=False)


def commit_rows(today: TodaysRecipe, bench: Workbench, results: Sequence[SourceResult]) -> None:
    """Have the children of the new rows accepted, then write the rows as one batch."""
    new = [result for result in results if result.is_new]
    if not new:
        return
    recipe = today.recipe
    parents = [(result.original, result.row) for result in new if result.original]
    accept_children(bench.home, bench.store, parents)
    frame = pl.DataFrame([result.row for result in new], schema=table_schema(recipe))
    producer = {"code_version": recipe.code_version, "engine": today.engine.name}
    bench.store.append(recipe.table, frame, run_id=bench.run_id, producer=producer)


def report_sources(
    context: dg.AssetExecutionContext,
    orders: Sequence[Order],
    portion: Sequence[SourceResult],
) -> None:
    """Tell Dagster which sources have their derivatives, and write a line to the run's log."""
    for failed in (result for result in portion if result.traceback):
        logger.error("%s of %s failed: %s", failed.derivative, failed.source_id, failed.traceback)
    settled = [result for result in portion if not result.is_unfinished]
    is_planned = PLANNED_TAG in context.run.tags
    keys = {
        order.today.name: dg.AssetKey([order.today.recipe.medium, order.today.name])
        for order in orders
    }
    shown = [result for result in settled if result.is_new or is_planned]
    log_materializations(
        context,
        [materialization(keys[one.derivative], one.row, is_same=one.is_same) for one in shown],
    )
    context.log.info(
        "%d source(s): %d results made (%d came out as before), %d up to date, %d unfinished",
        len({result.source_id for result in portion}),
        sum(result.is_new for result in settled),
        sum(result.is_same for result in settled),
        sum(not result.is_new for result in settled),
        len(portion) - len(settled),
    )


def report_unfinished(
    context: dg.AssetExecutionContext, unfinished: Sequence[SourceResult]
) -> None:
    """Note on the run that sources stay unfinished, and raise dagster.Failure at its last assets.

    A later asset may still be finished for every source, when what failed is an optional
    input of it; so the note is a tag of the run, which every step can read, in any process.
    """
    if unfinished:
        note_unfinished(context.instance, context.run.run_id, failure_text(unfinished))
    if not reports_failures(context):
        return
    if unfinished:
        raise failure_of(unfinished)
    if earlier := unfinished_note(context.instance, context.run.run_id):
        raise dg.Failure(earlier, allow_retries=False)


def reports_failures(context: dg.AssetExecutionContext) -> bool:
    """Whether this step must fail for its unfinished sources.

    In a run that defers events (every range run does, see resources.orchestration.run_coordinator)
    only steps with nothing below them in the run fail: a failed step would make Dagster skip the
    steps below for the good sources too. Without deferral Dagster would call every source of the
    step done, so that it must fail at once.
    """
    if context.run.tags.get(DEFER_EVENTS_TAG) != "true":
        return True
    layer = context.job_def.asset_layer
    ours = context.selected_asset_keys
    below = {child for key in ours for child in layer.get(key).child_keys} - ours
    return not below & layer.selected_asset_keys

"""Runs one recipe over the sources of a run: plan, make, commit, report.

One bad source harms only itself.

Order of writing per slice of sources: files (by the decoder processes), then the sources that came
out of them (``children``), then one Parquet commit of rows, then the materialization events. A
crash between any two is repaired by the next run, which finds the rows that are fresh and makes the
rest. While a slice's rows and events are written, the decoder processes work on the next slice
already.

What each source needs is decided in ``plans``. An unfinished source gets no event, and the run
fails at its last assets, so that Dagster shows exactly these sources as failed.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import dagster as dg
import polars as pl

from media_assets.execution.children import accept_children
from media_assets.execution.derivative_rows import Row, row_of_attempt, table_of, table_schema
from media_assets.execution.materializations import materialization
from media_assets.execution.plans import Mode, Plan, plan_source, read_known
from media_assets.execution.recipe import TodaysRecipe
from resources.configuration.media_home import MediaHome
from resources.configuration.settings import Settings
from resources.decoding.decoder_pool import Attempt, Task
from resources.display_text import plain_text
from resources.orchestration.materialization_log import log_materializations
from resources.orchestration.run_tags import DEFER_EVENTS_TAG, PLANNED_TAG
from resources.orchestration.unfinished_notes import note_unfinished, unfinished_note
from resources.outcomes import Outcome
from resources.rows.row_store import RowStore
from resources.stores.free_space import has_room, no_room

SOURCES_PER_COMMIT = 100
"""Memory does not grow with the length of a run."""

SECONDS_PER_COMMIT = 30.0
"""A crash loses at most this much work, and what a model was just working on."""

REASONS_SHOWN = 10
"""Sources named in a failed step's message; SQL has them all."""

LONGEST_REASON = 300
"""Characters of one reason in a message."""


class Runner(Protocol):
    """What calls the pure function: children that decode, or a model in this process."""

    def run(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Attempt]]:
        """Attempt every task, and give the attempts in the tasks' order."""
        ...


@dataclass(frozen=True)
class Workbench:
    """What a step works with: where things are, and what calls the pure function."""

    home: MediaHome
    store: RowStore
    runner: Runner
    run_id: str


@dataclass(frozen=True)
class Slice:
    """Some sources that are being worked on: their plans, and the attempts as they come in."""

    plans: Sequence[Plan]
    attempts: Iterator[tuple[Task, Attempt]]

    def results(self, today: TodaysRecipe) -> Iterator["SourceResult"]:
        """Every source's result, in order, as the attempts are made."""
        for plan in self.plans:
            attempt = next(self.attempts)[1] if plan.task else None
            yield result_of(today, plan, attempt)


@dataclass(frozen=True)
class SourceResult:
    """One source's newest row, and whether this run wrote it; ``original`` is None if unknown."""

    source_id: str
    original: Row | None
    row: Row
    is_new: bool
    is_unfinished: bool


def materialize_sources(
    context: dg.AssetExecutionContext,
    today: TodaysRecipe,
    bench: Workbench,
    *,
    only: frozenset[str],
    mode: Mode,
) -> None:
    """Bring the asset up to date for the run's sources and report to Dagster, source by source.

    Raises dagster.Failure, which no retry policy repeats, when sources stay unfinished and no later
    asset of the run would say so.
    """
    recipe = today.recipe
    bench.store.declare(table_of(recipe))
    is_planned = PLANNED_TAG in context.run.tags
    unfinished: list[SourceResult] = []
    keys = [key for key in context.partition_keys if not only or key in only]
    for results in process_sources(today, bench, keys, mode):
        commit_rows(today, bench, results)
        settled = [result for result in results if not result.is_unfinished]
        unfinished += [result for result in results if result.is_unfinished]
        shown = [result for result in settled if result.is_new or is_planned]
        events = [materialization(context.asset_key, r.row, bench.home.root) for r in shown]
        log_materializations(context, events)
        context.log.info(
            "%s: %d made, %d up to date, %d unfinished",
            recipe.name,
            sum(result.is_new for result in settled),
            sum(not result.is_new for result in settled),
            len(results) - len(settled),
        )
    report(context, recipe.name, unfinished)


def report(
    context: dg.AssetExecutionContext, name: str, unfinished: Sequence[SourceResult]
) -> None:
    """Note on the run that sources stay unfinished, and raise dagster.Failure at its last assets.

    A later asset may still be finished for every source, when what failed is an optional
    input of it; so the note is a tag of the run, which every step can read, in any process.
    """
    if unfinished:
        note_unfinished(context.instance, context.run.run_id, failure_text(name, unfinished))
    if not reports_failures(context):
        return
    if unfinished:
        raise failure_of(name, unfinished)
    if earlier := unfinished_note(context.instance, context.run.run_id):
        raise dg.Failure(earlier, allow_retries=False)


def refuse_full_disk(asset: str) -> None:
    """Raise dagster.Failure when there is no room to work in; the sources stay as they were."""
    settings = Settings()
    if not has_room(settings):
        raise dg.Failure(f"{asset} waits: {no_room(settings)}", allow_retries=False)


def slices(keys: Sequence[str]) -> Iterator[Sequence[str]]:
    """``keys`` in order, at most SOURCES_PER_COMMIT at a time."""
    for start in range(0, len(keys), SOURCES_PER_COMMIT):
        yield keys[start : start + SOURCES_PER_COMMIT]


def process_sources(
    today: TodaysRecipe, bench: Workbench, source_ids: Sequence[str], mode: Mode
) -> Iterator[list[SourceResult]]:
    """Make what is not fresh; give the results in portions that are worth a commit.

    A slice's last portion is given when the next slice has been begun.
    """
    refuse_full_disk(today.name)
    portion: list[SourceResult] = []
    for keys in slices(source_ids):
        part = begin_slice(today, bench, keys, mode)
        if portion:
            yield portion
            refuse_full_disk(today.name)
        portion, begun_s = [], time.monotonic()
        for result in part.results(today):
            portion.append(result)
            if time.monotonic() - begun_s > SECONDS_PER_COMMIT:
                yield portion
                portion, begun_s = [], time.monotonic()
    if portion:
        yield portion


def begin_slice(
    today: TodaysRecipe, bench: Workbench, source_ids: Sequence[str], mode: Mode
) -> Slice:
    """Plan these sources and have the runner begin with them."""
    known = read_known(today, bench.store, source_ids)
    plans = [plan_source(today, bench.home, known, key, mode) for key in source_ids]
    return Slice(plans, bench.runner.run([plan.task for plan in plans if plan.task]))


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


def result_of(today: TodaysRecipe, plan: Plan, attempt: Attempt | None) -> SourceResult:
    """Turn a plan and its attempt into the source's result."""
    if plan.fresh:
        return SourceResult(plan.source_id, plan.original, plan.fresh, False, plan.is_unfinished)
    made = attempt or plan.verdict
    if made is None:
        raise RuntimeError(f"{today.name}: nothing was returned for {plan.source_id}")
    is_unfinished = plan.is_unfinished or made.outcome == Outcome.FAILED
    row = row_of_attempt(today, plan.source_id, plan.fingerprint, plan.inputs, made)
    row["is_unfinished"] = is_unfinished
    return SourceResult(plan.source_id, plan.original, row, True, is_unfinished)


def reports_failures(context: dg.AssetExecutionContext) -> bool:
    """Whether this step must fail for its unfinished sources.

    In a run that defers events (every range run does, see resources.orchestration.run_coordinator)
    only assets with nothing below them in the run fail: a failed step would make Dagster skip the
    steps below for the good sources too. Without deferral Dagster would call every source of the
    step done, so that it must fail at once.
    """
    if context.run.tags.get(DEFER_EVENTS_TAG) != "true":
        return True
    layer = context.job_def.asset_layer
    return not layer.get(context.asset_key).child_keys & layer.selected_asset_keys


def failure_text(name: str, unfinished: Sequence[SourceResult]) -> str:
    """What is wrong, in one line with an example."""
    first = unfinished[0]
    reason = plain_text(str(first.row["reason"]), longest=LONGEST_REASON)
    return (
        f"{name}: {len(unfinished)} source(s) unfinished, such as {first.source_id} ({reason}). "
        "All of them: media failures. Again: media retry"
    )


def failure_of(name: str, unfinished: Sequence[SourceResult]) -> dg.Failure:
    """The error that marks exactly the unfinished sources as failed in Dagster."""
    reasons = (plain_text(str(result.row["reason"])) for result in unfinished)
    shown = dict(zip((r.source_id for r in unfinished[:REASONS_SHOWN]), reasons, strict=False))
    return dg.Failure(
        failure_text(name, unfinished),
        metadata={"unfinished": len(unfinished), "reasons": dg.MetadataValue.json(shown)},
        allow_retries=False,
    )

"""Runs one recipe over the images of a run: plan, make, commit, report.

One bad image harms only itself.

Order of writing per chunk of images: files (by the children), then one Parquet commit of rows, then
the materialization events. A crash between any two is healed by the next run, which finds the
rows that are fresh and makes the rest. While a chunk's rows and events are written, the children
work on the next chunk already.

What each image needs is decided in image_plans. An unfinished image gets no event, and the run
fails at its last assets, so that Dagster shows exactly these images as failed.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import dagster as dg
import polars as pl

from media_assets.execution.derivative_rows import Row, row_of_attempt, table_schema
from media_assets.execution.image_plans import Plan, plan_image, read_known
from media_assets.execution.materializations import materialization
from media_assets.execution.recipe import TodaysRecipe
from resources.configuration.media_home import MediaHome
from resources.configuration.settings import Settings
from resources.decoding.decoder_pool import Attempt, Task
from resources.display_text import plain_text
from resources.orchestration.materialization_log import log_materializations
from resources.orchestration.run_tags import DEFER_EVENTS_TAG, PLANNED_TAG
from resources.outcomes import Outcome
from resources.rows.row_store import RowStore
from resources.stores.free_space import has_room, no_room

IMAGES_PER_COMMIT = 100
"""Memory does not grow with the length of a run."""

SECONDS_PER_COMMIT = 30.0
"""A crash loses at most this much work, and what a model was just working on."""

REASONS_SHOWN = 10
"""Images named in a failed step's message; SQL has them all."""


unreported: dict[str, dg.Failure] = {}
"""Run id -> why images of it are unfinished, for the last assets: what they are made from may be an
optional input, so that nothing is unfinished in themselves."""


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
class Chunk:
    """Some images that are being worked on: their plans, and the attempts as they come in."""

    plans: Sequence[Plan]
    attempts: Iterator[tuple[Task, Attempt]]

    def results(self, today: TodaysRecipe) -> Iterator["Result"]:
        """Every image's result, in order, as the attempts are made."""
        for plan in self.plans:
            attempt = next(self.attempts)[1] if plan.task else None
            yield result_of(today, plan, attempt)


@dataclass(frozen=True)
class Result:
    """One image's newest row, and whether this run wrote it."""

    image_id: str
    row: Row
    is_new: bool
    is_unfinished: bool


def materialize_images(
    context: dg.AssetExecutionContext,
    today: TodaysRecipe,
    bench: Workbench,
    *,
    only: frozenset[str],
    force: bool,
) -> None:
    """Bring the asset up to date for the run's images and tell Dagster, image by image.

    Raises dagster.Failure, which no retry policy repeats, when images stay unfinished and no later
    asset of the run would say so.
    """
    recipe = today.recipe
    bench.store.declare(recipe.table, table_schema(recipe.payload_type))
    is_planned = PLANNED_TAG in context.run.tags
    unfinished: list[Result] = []
    keys = [key for key in context.partition_keys if not only or key in only]
    for results in process_images(today, bench, keys, force=force):
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
    run_id = context.run.run_id
    failure = failure_of(recipe.name, unfinished) if unfinished else unreported.get(run_id)
    if failure and reports_failures(context):
        raise failure
    if failure:
        unreported[run_id] = failure


def refuse_full_disk(asset: str) -> None:
    """Raise dagster.Failure when there is no room to work in; the images stay as they were."""
    settings = Settings()
    if not has_room(settings):
        raise dg.Failure(f"{asset} waits: {no_room(settings)}", allow_retries=False)


def chunks(keys: Sequence[str]) -> Iterator[Sequence[str]]:
    """``keys`` in order, at most IMAGES_PER_COMMIT at a time."""
    for start in range(0, len(keys), IMAGES_PER_COMMIT):
        yield keys[start : start + IMAGES_PER_COMMIT]


def process_images(
    today: TodaysRecipe, bench: Workbench, image_ids: Sequence[str], *, force: bool
) -> Iterator[list[Result]]:
    """Make what is not fresh; give the results in portions that are worth a commit.

    A chunk's last portion is given when the next chunk has been begun.
    """
    refuse_full_disk(today.name)
    portion: list[Result] = []
    for keys in chunks(image_ids):
        chunk = begin_chunk(today, bench, keys, force=force)
        if portion:
            yield portion
            refuse_full_disk(today.name)
        portion, begun_s = [], time.monotonic()
        for result in chunk.results(today):
            portion.append(result)
            if time.monotonic() - begun_s > SECONDS_PER_COMMIT:
                yield portion
                portion, begun_s = [], time.monotonic()
    if portion:
        yield portion


def begin_chunk(
    today: TodaysRecipe, bench: Workbench, image_ids: Sequence[str], *, force: bool
) -> Chunk:
    """Plan these images and have the runner begin with them."""
    known = read_known(today, bench.store, image_ids)
    plans = [plan_image(today, bench.home, known, key, force=force) for key in image_ids]
    return Chunk(plans, bench.runner.run([plan.task for plan in plans if plan.task]))


def commit_rows(today: TodaysRecipe, bench: Workbench, results: Sequence[Result]) -> None:
    """Write the new rows as one batch."""
    new = [result.row for result in results if result.is_new]
    if new:
        recipe = today.recipe
        frame = pl.DataFrame(new, schema=table_schema(recipe.payload_type))
        producer = {"code_version": recipe.code_version, "engine": today.engine.name}
        bench.store.append(recipe.table, frame, run_id=bench.run_id, producer=producer)


def result_of(today: TodaysRecipe, plan: Plan, attempt: Attempt | None) -> Result:
    """Turn a plan, carried out, into the image's result."""
    if plan.fresh:
        return Result(plan.image_id, plan.fresh, is_new=False, is_unfinished=plan.is_unfinished)
    made = attempt or plan.verdict
    if made is None:
        raise RuntimeError(f"{today.name}: nothing was returned for {plan.image_id}")
    is_unfinished = plan.is_unfinished or made.outcome == Outcome.FAILED
    row = row_of_attempt(today, plan.image_id, plan.fingerprint, plan.inputs, made)
    row["is_unfinished"] = is_unfinished
    return Result(plan.image_id, row, is_new=True, is_unfinished=is_unfinished)


def reports_failures(context: dg.AssetExecutionContext) -> bool:
    """Whether this step must fail for its unfinished images.

    In a run that defers events (every range run does, see resources.orchestration.run_coordinator)
    only assets with nothing below them in the run fail: a failed step would make Dagster skip the
    steps below for the good images too. Without deferral Dagster would call every image of the
    step done, so that it must fail at once.
    """
    if context.run.tags.get(DEFER_EVENTS_TAG) != "true":
        return True
    layer = context.job_def.asset_layer
    return not layer.get(context.asset_key).child_keys & layer.selected_asset_keys


def failure_of(name: str, unfinished: Sequence[Result]) -> dg.Failure:
    """The error that marks exactly the unfinished images as failed in Dagster."""
    reasons = (plain_text(str(result.row["reason"])) for result in unfinished)
    shown = dict(zip((r.image_id for r in unfinished[:REASONS_SHOWN]), reasons, strict=False))
    image_id, reason = next(iter(shown.items()))
    return dg.Failure(
        f"{name}: {len(unfinished)} image(s) unfinished, such as {image_id} ({reason}). "
        "All of them: media failures. Again: media retry",
        metadata={"unfinished": len(unfinished), "reasons": dg.MetadataValue.json(shown)},
        allow_retries=False,
    )

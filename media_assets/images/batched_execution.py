"""Runs one recipe over the images of a run: plan, make, commit, report.

One bad image harms only itself.

Order of writing per chunk of images: files (by the children), then one Parquet commit of rows, then
the materialization events. A crash between any two is healed by the next run, which finds the
rows that are fresh and makes the rest.

- An image whose row is fresh is not made again.
- An image with no usable input, for a reason that a rerun cannot change, is ``skipped``.
- An image whose input failed or is missing is ``skipped`` too, but stays unfinished: it gets no
  event, and the run fails at its last assets, so that Dagster shows exactly these images as failed.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import dagster as dg
import polars as pl

from media_assets.images.derivative_rows import Row, row_of_attempt, table_schema
from media_assets.images.input_rows import (
    blocking_input,
    input_values,
    is_used,
    name_of_input,
    newest_rows,
    read_inputs,
)
from media_assets.images.materializations import materialization
from media_assets.images.recipe import TodaysRecipe
from resources.content_store import ContentStore
from resources.decoder_pool import Attempt, Task
from resources.display_text import plain_text
from resources.free_space import has_room, no_room
from resources.materialization_log import log_materializations
from resources.media_home import MediaHome
from resources.originals import SourceImage
from resources.outcomes import Outcome
from resources.row_store import RowStore
from resources.run_tags import DEFER_EVENTS_TAG, PLANNED_TAG
from resources.settings import Settings

IMAGES_PER_COMMIT = 100
"""A crash loses at most this much work, and memory does not grow with the length of a run."""

REASONS_SHOWN = 10
"""Images named in a failed step's message; SQL has them all."""


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
class Plan:
    """What is to be done for one image: exactly one of the last three is set."""

    image_id: str
    fingerprint: str
    inputs: Mapping[str, str]
    task: Task | None = None
    verdict: Attempt | None = None
    fresh: Row | None = None
    is_unfinished: bool = False


@dataclass(frozen=True)
class Result:
    """One image's newest row, and whether this run wrote it."""

    image_id: str
    row: Row
    is_new: bool
    is_unfinished: bool


@dataclass(frozen=True)
class KnownRows:
    """The newest rows that a chunk of images is planned from, each by image id."""

    originals: Mapping[str, Row]
    inputs: Mapping[str, Mapping[str, Row]]
    existing: Mapping[str, Row]


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
    for chunk in chunks([key for key in context.partition_keys if not only or key in only]):
        refuse_full_disk(recipe.name)
        results = process_images(today, bench, chunk, force=force)
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
    if unfinished and reports_failures(context):
        raise failure_of(recipe.name, unfinished)


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
) -> list[Result]:
    """Make what is not fresh, commit the new rows, and return every image's result."""
    known = read_known(today, bench.store, image_ids)
    plans = [plan_image(today, bench.home, known, key, force=force) for key in image_ids]
    tasks = [plan.task for plan in plans if plan.task]
    attempts = {task.image.image_id: attempt for task, attempt in bench.runner.run(tasks)}
    results = [result_of(today, plan, attempts.get(plan.image_id)) for plan in plans]
    new = [result.row for result in results if result.is_new]
    if new:
        recipe = today.recipe
        frame = pl.DataFrame(new, schema=table_schema(recipe.payload_type))
        producer = {"code_version": recipe.code_version, "engine": today.engine.name}
        bench.store.append(recipe.table, frame, run_id=bench.run_id, producer=producer)
    return results


def read_known(today: TodaysRecipe, store: RowStore, image_ids: Sequence[str]) -> KnownRows:
    """The newest original, input and own rows of these images."""
    recipe = today.recipe
    originals = newest_rows(store, "ingest/original", image_ids)
    existing = newest_rows(store, recipe.table, image_ids)
    return KnownRows(originals, read_inputs(recipe, store, image_ids), existing)


def plan_image(
    today: TodaysRecipe, home: MediaHome, known: KnownRows, image_id: str, *, force: bool
) -> Plan:
    """Decide what one image needs."""
    original = known.originals.get(image_id)
    if original is None:
        missing = Attempt(Outcome.SKIPPED, "the image was never accepted: no original is known")
        return Plan(image_id, "", {}, verdict=missing, is_unfinished=True)
    recipe = today.recipe
    rows = {name: known.inputs[name].get(image_id) for name in recipe.inputs}
    used = {name: row for name, row in rows.items() if is_used(recipe, name, row)}
    inputs = {name: name_of_input(recipe, row) for name, row in used.items() if row}
    fingerprint = today.fingerprint(original["sha256"], inputs)
    existing = known.existing.get(image_id)
    if blocked := blocking_input(used):
        return blocked_plan(image_id, fingerprint, inputs, blocked, existing)
    if existing and not force and is_fresh(today, home, existing, fingerprint):
        return Plan(image_id, fingerprint, inputs, fresh=existing)
    task = Task(recipe.make, source_image(home, original), input_values(recipe, used))
    return Plan(image_id, fingerprint, inputs, task=task)


def blocked_plan(
    image_id: str,
    fingerprint: str,
    inputs: Mapping[str, str],
    blocked: tuple[Attempt, bool],
    existing: Row | None,
) -> Plan:
    """Skip the image; the row is written once and not again while nothing changes."""
    verdict, is_unfinished = blocked
    known = existing and (existing["outcome"], existing["reason"], existing["fingerprint"])
    if known == (Outcome.SKIPPED.value, verdict.reason, fingerprint):
        return Plan(image_id, fingerprint, inputs, fresh=existing, is_unfinished=is_unfinished)
    return Plan(image_id, fingerprint, inputs, verdict=verdict, is_unfinished=is_unfinished)


def is_fresh(today: TodaysRecipe, home: MediaHome, row: Row, fingerprint: str) -> bool:
    """Whether the row answers for this fingerprint and its files are still there."""
    if row["fingerprint"] != fingerprint or row["outcome"] in (Outcome.FAILED, Outcome.SKIPPED):
        return False
    if row["outcome"] == Outcome.UNSUPPORTED:
        return bool(row["engine_version"] == today.engine.version)
    return all((home.root / file["path"]).exists() for file in row["files"])


def source_image(home: MediaHome, original: Row) -> SourceImage:
    """The image as pure functions get it; a kept original's path is relative to MEDIA_HOME."""
    root = b"" if original["mode"] == "reference" else bytes(home.root) + b"/"
    return SourceImage(
        original["image_id"],
        original["sha256"],
        original["file_name"],
        root + original["path"],
        ContentStore(home.derivatives),
    )


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

    In a run that defers events (every range run does, see resources.run_coordinator) only assets
    with nothing below them in the run fail: a failed step would make Dagster skip the steps below
    for the good images too. Without deferral Dagster would call every image of the step done, so
    that it must fail at once.
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

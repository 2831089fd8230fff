"""Decides what each source of a run needs: to be made, to be skipped, or nothing.

- A source whose row is fresh is not worked on again.
- A source with no usable input, for a reason that a rerun cannot change, is ``skipped``.
- A source whose input failed or is missing is ``skipped`` too, but stays unfinished.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial

from media_assets.execution.derivative_rows import Row
from media_assets.execution.input_rows import (
    blocking_input,
    files_of_rows,
    input_values,
    is_used,
    name_of_input,
    newest_rows,
    read_inputs,
)
from media_assets.execution.recipe import Recipe, TodaysRecipe
from resources.configuration.media_home import MediaHome
from resources.decoding.decoder_pool import Attempt, Task
from resources.outcomes import USABLE, Outcome
from resources.rows.row_store import RowStore
from resources.sources.originals import source_of_row
from resources.sources.source_rows import ORIGINAL


class Mode(StrEnum):
    """What is made again although there is a usable row."""

    UPDATE = "update"  # what is not fresh: another recipe or input made it
    REMAKE = "remake"  # everything
    COMPLETE = "complete"  # only what was made of other inputs; an older recipe's work stays


@dataclass(frozen=True)
class Order:
    """One derivative that a run is to bring up to date, and what it is to make again.

    ``same_work`` are the ids of the run and of those that it repeats after they died: what one of
    them has made is not made again.
    """

    today: TodaysRecipe
    mode: Mode
    same_work: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Plan:
    """What is to be done for one source: exactly one of to_make, verdict and fresh is set.

    ``to_make`` gives the task: to know only that there is one, no inputs are read.
    ``original`` is the row of its acceptance; None when it was never accepted. ``replaced`` is the
    newest row of the derivative so far, if there is one.
    """

    source_id: str
    fingerprint: str
    inputs: Mapping[str, str]
    to_make: Callable[[], Task] | None = None
    verdict: Attempt | None = None
    fresh: Row | None = None
    is_unfinished: bool = False
    original: Row | None = None
    replaced: Row | None = None


SourceRows = Mapping[str, Row]
"""What is known of one source: its newest row of each table, by the table's name."""


def read_known(
    todays: Sequence[TodaysRecipe], store: RowStore, source_ids: Sequence[str]
) -> Mapping[str, SourceRows]:
    """The rows that these derivatives are planned from, by source id: originals, inputs, own."""
    recipes = [today.recipe for today in todays]
    tables = [ORIGINAL.name, *(recipe.table for recipe in recipes)]
    newest = {table: newest_rows(store, table, source_ids) for table in tables}
    for recipe in recipes:
        newest |= read_inputs(recipe, store, source_ids, known=newest)
    return {
        source_id: {table: rows[source_id] for table, rows in newest.items() if source_id in rows}
        for source_id in source_ids
    }


def plan_source(order: Order, home: MediaHome, known: SourceRows, source_id: str) -> Plan:
    """Decide what one source needs; ``known`` are its rows."""
    today = order.today
    original = known.get(ORIGINAL.name)
    if original is None:
        missing = Attempt(Outcome.SKIPPED, "it was never accepted: no original is known")
        return Plan(source_id, "", {}, verdict=missing, is_unfinished=True)
    recipe = today.recipe
    rows = {name: known.get(recipe.input_table(name)) for name in recipe.inputs}
    used = {name: row for name, row in rows.items() if is_used(recipe, name, row)}
    inputs = {name: name_of_input(recipe, row) for name, row in used.items() if row}
    fingerprint = today.fingerprint(original["sha256"], inputs)
    existing = known.get(recipe.table)
    if blocked := blocking_input(used):
        return blocked_plan(Plan(source_id, fingerprint, inputs), blocked, existing, order.mode)
    fingerprints = {fingerprint}
    if existing and (parameters := today.parameters_made_with(existing["parameters"])):
        fingerprints.add(today.fingerprint(original["sha256"], inputs, parameters))
    if existing and may_stay(order, home, existing, fingerprints):
        return Plan(source_id, fingerprint, inputs, fresh=existing)
    to_make = partial(task_of, recipe, home, original, used)
    return Plan(
        source_id, fingerprint, inputs, to_make=to_make, original=original, replaced=existing
    )


def task_of(recipe: Recipe, home: MediaHome, original: Row, used: Mapping[str, Row | None]) -> Task:
    """The call that makes the derivative of one source from these input rows."""
    return Task(
        recipe.make,
        source_of_row(home.root, original),
        input_values(recipe, used),
        reads=files_of_rows(home.root, used.values()),
    )


def blocked_plan(
    plan: Plan, blocked: tuple[Attempt, bool], existing: Row | None, mode: Mode
) -> Plan:
    """Skip the source; the row is written once and not again while nothing changes."""
    verdict, is_unfinished = blocked
    blocked_now = replace(plan, verdict=verdict, is_unfinished=is_unfinished)
    if existing and is_same_skip(existing, blocked_now, mode):
        return replace(plan, fresh=existing, is_unfinished=is_unfinished)
    return blocked_now


def is_same_skip(existing: Row, plan: Plan, mode: Mode) -> bool:
    """Whether the row says already that the source is skipped, and why.

    An older recipe may have named another input as the reason: its row stays with the rest of its
    work, if neither can change by itself.
    """
    if existing["outcome"] != Outcome.SKIPPED or plan.verdict is None:
        return False
    if mode is Mode.COMPLETE and not plan.is_unfinished:
        return not existing["is_unfinished"]
    said = (existing["reason"], existing["fingerprint"])
    return said == (plan.verdict.reason, plan.fingerprint)


def may_stay(order: Order, home: MediaHome, row: Row, fingerprints: Collection[str]) -> bool:
    """Whether the row counts as up to date in this run."""
    today = order.today
    if order.mode is Mode.REMAKE and row.get("_run_id") not in order.same_work:
        return False
    if order.mode is Mode.COMPLETE and row["outcome"] in USABLE and is_of_older_recipe(today, row):
        return has_files(home, row)
    return is_fresh(today, home, row, fingerprints)


def is_of_older_recipe(today: TodaysRecipe, row: Row) -> bool:
    """Whether other code, another engine or other parameters made it."""
    made = (row["code_version"], row["engine"], row["parameters"])
    return made != (today.recipe.code_version, today.engine.name, today.parameters_json)


def has_files(home: MediaHome, row: Row) -> bool:
    """Whether the files that the row names are still there."""
    return all((home.root / file["path"]).exists() for file in row["files"])


def is_fresh(today: TodaysRecipe, home: MediaHome, row: Row, fingerprints: Collection[str]) -> bool:
    """Whether the row answers for one of these fingerprints and its files are still there."""
    if row["fingerprint"] not in fingerprints or row["outcome"] in (
        Outcome.FAILED,
        Outcome.SKIPPED,
    ):
        return False
    if row["outcome"] == Outcome.UNSUPPORTED:
        return bool(row["engine_version"] == today.engine.version)
    return has_files(home, row)

"""Decides what each image of a run needs: to be made, to be skipped, or nothing.

- An image whose row is fresh is not made again.
- An image with no usable input, for a reason that a rerun cannot change, is ``skipped``.
- An image whose input failed or is missing is ``skipped`` too, but stays unfinished.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from media_assets.execution.derivative_rows import Row
from media_assets.execution.input_rows import (
    blocking_input,
    input_values,
    is_used,
    name_of_input,
    newest_rows,
    read_inputs,
)
from media_assets.execution.recipe import TodaysRecipe
from resources.configuration.media_home import MediaHome
from resources.decoding.decoder_pool import Attempt, Task
from resources.outcomes import Outcome
from resources.rows.row_store import RowStore
from resources.sources.originals import SourceImage
from resources.stores.content_store import ContentStore


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
class KnownRows:
    """The newest rows that a chunk of images is planned from, each by image id."""

    originals: Mapping[str, Row]
    inputs: Mapping[str, Mapping[str, Row]]
    existing: Mapping[str, Row]


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

"""``media doctor --models``: opens every engine and lets it work on a few images of this home.

What it makes is thrown away: nothing is written. Times are of this machine, as busy as it is now.
"""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from command_line.queries.tables import Tables, prepare
from media_assets.execution.model_runner import ModelRunner
from media_assets.execution.plans import Mode, Order, plan_source, read_known
from media_assets.execution.recipe import TodaysRecipe
from media_assets.media import image_recipes
from resources.configuration.settings import Settings
from resources.decoding.decoder_pool import Task
from resources.models.model_choice import ModelChoice
from resources.outcomes import USABLE

IMAGES = 16
"""Enough for two calls of a batched engine; the first of them warms up."""

SECONDS = 20.0
"""No further call is begun after so long: a language model takes seconds per image."""

SOME = "select image_id from images where outcome in ('ok', 'degraded') order by image_id limit ?"


@dataclass(frozen=True)
class EngineSpeed:
    """One derivative's engine: seconds and bytes to open it, and images per second of its work.

    ``memory_bytes`` counts what engines opened before did not need yet. ``problem`` says why it
    cannot work.
    """

    asset: str
    engine: str
    why: str
    load_seconds: float | None = None
    memory_bytes: int | None = None
    images: int = 0
    images_per_second: float | None = None
    problem: str | None = None


def engine_speeds() -> list[EngineSpeed]:
    """Every derivative that a model makes, upstream first."""
    image_ids = [str(row[0]) for row in Tables.open().rows(SOME, [IMAGES])]
    by_models = [recipe.today() for recipe in image_recipes().values() if recipe.needs_model]
    logging.disable(logging.ERROR)  # errors are shown in one line per engine
    try:
        return [
            engine_speed(today, today.terms.model, image_ids)
            for today in by_models
            if today.terms.model
        ]
    finally:
        logging.disable(logging.NOTSET)


def engine_speed(
    today: TodaysRecipe, choice: ModelChoice[Any], image_ids: Sequence[str]
) -> EngineSpeed:
    """Open one engine and let it work."""
    before = resident_bytes()
    started = time.perf_counter()
    try:
        choice.load()
    except Exception as error:  # noqa: BLE001 - any error is the answer
        return EngineSpeed(today.name, choice.engine, choice.why, problem=str(error))
    seconds = time.perf_counter() - started
    memory = max(0, resident_bytes() - before)
    tasks = tasks_of(today, image_ids)
    done, speed, problem = work(ModelRunner(today.recipe, choice), tasks, choice.images_per_call)
    return EngineSpeed(
        today.name,
        choice.engine,
        choice.why,
        load_seconds=round(seconds, 2),
        memory_bytes=memory,
        images=done,
        images_per_second=speed,
        problem=problem,
    )


def tasks_of(today: TodaysRecipe, image_ids: Sequence[str]) -> list[Task]:
    """What would be done for those of the images that have what it is made from."""
    home = Settings().media_home
    known = read_known([today], prepare(home), image_ids)
    order = Order(today, Mode.REMAKE)
    plans = [plan_source(order, home, known[image_id], image_id) for image_id in image_ids]
    return [plan.to_make() for plan in plans if plan.to_make]


def work(
    runner: ModelRunner, tasks: Sequence[Task], images_per_call: int
) -> tuple[int, float | None, str | None]:
    """Images done, images per second after the first call (if there was a second), and problem."""
    size = max(1, min(images_per_call, len(tasks) // 2))
    calls = [tasks[at : at + size] for at in range(0, len(tasks), size)]
    begun = time.perf_counter()
    times: list[tuple[int, float]] = []
    for call in calls:
        if time.perf_counter() - begun > SECONDS:
            break
        started = time.perf_counter()
        attempts = [attempt for _, attempt in runner.run(call)]
        times.append((len(call), time.perf_counter() - started))
        failed = [one.reason for one in attempts if one.outcome not in USABLE]
        if failed:
            return sum(count for count, _ in times), None, failed[0]
    counted = times[1:] or times
    seconds = sum(taken for _, taken in counted)
    speed = round(sum(count for count, _ in counted) / seconds, 2) if seconds else None
    return sum(count for count, _ in times), speed, None


def resident_bytes() -> int:
    """This process's memory in use (Linux: proc(5), statm counts pages of 4 KiB)."""
    import resource

    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()

"""Makes derivatives with a model, in the run's own process, several sources at a time.

The model is opened when the first source needs it. It works on renditions that this project made
itself, so that no untrusted bytes are decoded here. One bad source harms only itself: a batch that
fails is tried again source by source. Out of memory halves the batch, for the rest of the run.
"""

import logging
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from media_assets.execution.plans import Order, plan_source, read_known
from media_assets.execution.recipe import Recipe
from media_assets.execution.results import SourceResult, result_of
from media_assets.execution.workbench import Workbench
from resources.decoding.decoder_pool import Attempt, Task
from resources.decoding.decoding_context import Notes, collected_notes, one_line
from resources.failure_classes import FailureClass, class_of
from resources.language.hints import Hint
from resources.models.model_choice import ModelChoice
from resources.outcomes import ImageProblem, Outcome

logger = logging.getLogger(__name__)


def begin_with_model(
    orders: Sequence[Order], bench: Workbench, source_ids: Sequence[str]
) -> Iterator[list[SourceResult]]:
    """Work on these sources with the model of the only derivative; give the results in order."""
    (order,) = orders
    known = read_known([order.today], bench.store, source_ids)
    plans = [plan_source(order, bench.home, known[one], one) for one in known]
    attempts = bench.runner.run([plan.to_make() for plan in plans if plan.to_make])
    for plan in plans:
        attempt = next(attempts)[1] if plan.to_make else None
        yield [result_of(order.today, plan, attempt)]


class ModelRunner:
    """Runs one derivative's function on a model; the same interface as a DecoderPool."""

    def __init__(self, recipe: Recipe, choice: ModelChoice[Any], hint: Hint | None = None) -> None:
        self._recipe = recipe
        self._hint = {"hint": hint} if recipe.takes_hint else {}
        self._choice = choice
        self._sources_per_call = choice.images_per_call if recipe.is_batched else 1
        self._model: Any = None

    def run(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Attempt]]:
        """Attempt every task, and give the attempts in the tasks' order."""
        waiting = list(tasks)
        while waiting:
            batch, waiting = waiting[: self._sources_per_call], waiting[self._sources_per_call :]
            yield from zip(batch, self._attempts(batch), strict=True)

    def close(self) -> None:
        """Let go of the model: all that it made is committed."""
        close = getattr(self._model, "close", None)
        self._model = None
        if close:
            close()

    def _attempts(self, batch: Sequence[Task]) -> list[Attempt]:
        started = time.perf_counter()
        try:
            with collected_notes() as notes:
                results = self._results(batch)
        except MemoryError as error:
            return self._in_halves(batch, error)
        except ImageProblem as problem:
            results, notes = [problem], Notes()
        except Exception as error:  # the boundary: one bad source harms itself
            logger.exception("%s: %s failed", self._recipe.name, self._choice.engine)
            return self._one_by_one(batch, error)
        seconds = (time.perf_counter() - started) / len(batch)
        return [attempt_of(result, notes, seconds) for result in results]

    def _results(self, batch: Sequence[Task]) -> Sequence[object]:
        if self._model is None:
            self._model = self._choice.load()
        if not self._recipe.is_batched:
            (task,) = batch
            return [self._recipe.make(task.source, **task.inputs, **self._hint, model=self._model)]
        inputs = {name: [task.inputs[name] for task in batch] for name in self._recipe.inputs}
        sources = [task.source for task in batch]
        made: Any = self._recipe.make(sources, **inputs, **self._hint, model=self._model)
        if len(made) != len(batch):
            raise ValueError(f"{self._recipe.name}: {len(made)} results for {len(batch)} sources")
        return list(made)

    def _in_halves(self, batch: Sequence[Task], error: MemoryError) -> list[Attempt]:
        """The batch in two halves; a single source that needs too much memory has failed."""
        if len(batch) == 1:
            reason = f"out of memory with a single source: {error}"
            return [failed_attempt(reason, FailureClass.OUT_OF_MEMORY)]
        self._sources_per_call = len(batch) // 2
        logger.warning(
            "%s: out of memory with %d sources at once; going on with %d",
            self._recipe.name,
            len(batch),
            self._sources_per_call,
        )
        return [attempt for _, attempt in self.run(batch)]

    def _one_by_one(self, batch: Sequence[Task], error: Exception) -> list[Attempt]:
        if len(batch) == 1 or self._model is None:
            reason = f"{type(error).__name__}: {error}"
            return [failed_attempt(reason, class_of(error))] * len(batch)
        return [attempt for task in batch for attempt in self._attempts([task])]


def attempt_of(result: object, notes: Notes, seconds: float) -> Attempt:
    """One source's attempt from what the function returned for it."""
    if isinstance(result, ImageProblem):
        return Attempt(
            result.outcome,
            one_line(str(result)),
            seconds=seconds,
            failure_class=class_of(result) if result.outcome is Outcome.FAILED else None,
        )
    outcome = Outcome.DEGRADED if notes.is_degraded else Outcome.OK
    return Attempt(outcome, None, result, tuple(notes), seconds)


def failed_attempt(reason: str, failure_class: FailureClass) -> Attempt:
    """A failed attempt, which a rerun may repair."""
    return Attempt(Outcome.FAILED, one_line(reason), failure_class=failure_class)

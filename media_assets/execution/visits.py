"""Visits: all derivatives of a source that need no model, made one after the other in one child.

The original is read, hashed and decoded once, and what one derivative has just written is at hand
for the next in memory (``resources.sources.originals.Memory``). The child plans as it goes, exactly
as the run would: what it is given are the newest rows of the source, what it gives back are the
attempts, from which the run makes the new rows. No row comes from a child, which its picture may
have taken over.

A child that dies takes the whole visit with it. The source is then worked on derivative by
derivative, each in a task of its own, so that only the one that is to blame is rejected.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from media_assets.execution.input_rows import files_of_rows
from media_assets.execution.plans import Order, SourceRows, plan_source, read_known
from media_assets.execution.recipe import Recipe
from media_assets.execution.results import SourceResult, result_of
from media_assets.execution.workbench import Workbench
from resources.configuration.media_home import MediaHome
from resources.decoding.decoder_answers import AnswerRefused, Attempt, SentAttempt, received
from resources.decoding.decoder_child import Task, returned_by
from resources.decoding.decoder_process import attempted, packed
from resources.sources.originals import Memory, Source, source_of_row
from resources.sources.source_rows import ORIGINAL

logger = logging.getLogger(__name__)

Work = Callable[[Recipe, Callable[[], Task]], Attempt]
"""How the derivative of a recipe is made; the task is read from the rows when it is asked for."""


class ToBeMade(Exception):
    """A derivative of the source is to be made."""


def begin_visits(
    orders: Sequence[Order], bench: Workbench, source_ids: Sequence[str]
) -> Iterator[list[SourceResult]]:
    """Begin to visit these sources; give each one's results, in the order of ``orders``.

    Sources with nothing to be made come first: nobody has to visit them.
    """
    known = read_known([order.today for order in orders], bench.store, source_ids)
    tasks = []
    for source_id in source_ids:
        try:
            results = visit(orders, bench.home, known[source_id], source_id, leave_to_a_child)
        except ToBeMade:
            tasks.append(visit_task(orders, bench.home, known[source_id]))
        else:
            yield results
    for task, attempt in bench.runner.run(tasks):
        yield results_of_visit(orders, bench, known[task.source.source_id], task.source, attempt)


def visit(
    orders: Sequence[Order], home: MediaHome, rows: SourceRows, source_id: str, work: Work
) -> list[SourceResult]:
    """The results of one source, each of which is an input of the next ones.

    ``rows`` are the newest rows of the source by table.
    """
    newest = dict(rows)
    results = []
    for order in orders:
        plan = plan_source(order, home, newest, source_id)
        attempt = work(order.today.recipe, plan.to_make) if plan.to_make else None
        results.append(result_of(order.today, plan, attempt))
        newest[order.today.recipe.table] = results[-1].row
    return results


def leave_to_a_child(recipe: Recipe, _: Callable[[], Task]) -> Attempt:
    """Raise ToBeMade: nothing is decoded in the run's own process."""
    raise ToBeMade(recipe.name)


def visit_task(orders: Sequence[Order], home: MediaHome, rows: SourceRows) -> Task:
    """The task of one visit. Its original is known, or there would be nothing to make."""
    source = source_of_row(home.root, rows[ORIGINAL.name])
    inputs = {"orders": orders, "home": home, "rows": rows}
    reads = files_of_rows(home.root, rows.values())
    return Task(make_visit, source, inputs, is_tried_alone=False, reads=reads)


def make_visit(
    source: Source, orders: Sequence[Order], home: MediaHome, rows: SourceRows
) -> list[SentAttempt]:
    """The attempts at what is to be made of one source, in order, all in this process."""
    at_hand = replace(source, memory=Memory())
    made: list[SentAttempt] = []

    def work(recipe: Recipe, to_make: Callable[[], Task]) -> Attempt:
        attempt = attempted(recipe.make, at_hand, to_make().inputs)
        made.append(packed(attempt))
        return attempt

    visit(orders, home, rows, source.source_id, work)
    return made


def results_of_visit(
    orders: Sequence[Order],
    bench: Workbench,
    rows: SourceRows,
    source: Source,
    attempt: Attempt,
) -> list[SourceResult]:
    """What a visit gave; the derivatives one by one when its child did not survive it."""
    try:
        return results_of_attempts(orders, bench.home, rows, source, attempt)
    except AnswerRefused as error:
        why = attempt.reason or str(error)
        logger.warning("the visit of %s failed (%s): one by one", source.source_id, why)

    def work(_: Recipe, to_make: Callable[[], Task]) -> Attempt:
        (made,) = bench.runner.run([to_make()])
        return replace(made[1], traceback=None)  # the pool has logged it

    return visit(orders, bench.home, rows, source.source_id, work)


def results_of_attempts(
    orders: Sequence[Order],
    home: MediaHome,
    rows: SourceRows,
    source: Source,
    attempt: Attempt,
) -> list[SourceResult]:
    """The results that the attempts of a visit give: rows are made here, and not in the child.

    Raises AnswerRefused for attempts that are none, too few, or not of their derivatives' types.
    """
    made = iter(attempt.value if isinstance(attempt.value, list) else ())

    def work(recipe: Recipe, _: Callable[[], Task]) -> Attempt:
        sent = next(made, None)
        if not isinstance(sent, SentAttempt):
            raise AnswerRefused("not all was made")
        one = received(sent, returned_by(recipe.make), attempt.kept, attempt.seconds)
        if one.traceback:
            logger.error("%s failed: %s", source.source_id, one.traceback)
        return one

    return visit(orders, home, rows, source.source_id, work)

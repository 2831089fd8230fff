"""What became of a source in one derivative, and how a step says that some stay unfinished."""

from collections.abc import Sequence
from dataclasses import dataclass

import dagster as dg

from media_assets.execution.derivative_rows import Row, row_of_attempt
from media_assets.execution.plans import Plan
from media_assets.execution.recipe import TodaysRecipe
from resources.decoding.decoder_pool import Attempt
from resources.display_text import plain_text
from resources.outcomes import Outcome

REASONS_SHOWN = 10
"""Sources named in a failed step's message; SQL has them all."""

LONGEST_REASON = 300
"""Characters of one reason in a message."""


@dataclass(frozen=True)
class SourceResult:
    """One source's newest row of one derivative, and whether this run wrote it.

    ``original`` is the row of the source's acceptance, None if unknown. ``traceback`` is that of a
    failure, for the log.
    """

    derivative: str
    source_id: str
    original: Row | None
    row: Row
    is_new: bool
    is_unfinished: bool
    traceback: str | None = None


def result_of(today: TodaysRecipe, plan: Plan, attempt: Attempt | None) -> SourceResult:
    """Turn a plan and its attempt into the source's result."""
    name, source_id = today.name, plan.source_id
    if plan.fresh:
        return SourceResult(name, source_id, plan.original, plan.fresh, False, plan.is_unfinished)
    made = attempt or plan.verdict
    if made is None:
        raise RuntimeError(f"{name}: nothing was returned for {source_id}")
    is_unfinished = plan.is_unfinished or made.outcome == Outcome.FAILED
    row = row_of_attempt(today, source_id, plan.fingerprint, plan.inputs, made)
    row["is_unfinished"] = is_unfinished
    return SourceResult(name, source_id, plan.original, row, True, is_unfinished, made.traceback)


def failure_text(unfinished: Sequence[SourceResult]) -> str:
    """What is wrong, in one line with an example: the derivative that comes first is the cause."""
    first = unfinished[0]
    sources = {result.source_id for result in unfinished}
    reason = plain_text(str(first.row["reason"]), longest=LONGEST_REASON)
    return (
        f"{first.derivative}: {len(sources)} source(s) unfinished, such as {first.source_id} "
        f"({reason}). All of them: media failures. Again: media retry"
    )


def failure_of(unfinished: Sequence[SourceResult]) -> dg.Failure:
    """The error that marks exactly the unfinished sources as failed in Dagster."""
    reasons: dict[str, str] = {}
    for result in unfinished:
        reasons.setdefault(result.source_id, plain_text(str(result.row["reason"])))
    shown = dict(list(reasons.items())[:REASONS_SHOWN])
    return dg.Failure(
        failure_text(unfinished),
        metadata={"unfinished": len(reasons), "reasons": dg.MetadataValue.json(shown)},
        allow_retries=False,
    )

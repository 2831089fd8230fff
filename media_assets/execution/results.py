"""What became of a source in one derivative, and how a step says that some stay unfinished."""

from collections.abc import Sequence
from dataclasses import dataclass

import dagster as dg
import polars as pl

from media_assets.execution.derivative_rows import Row, row_of_attempt, table_schema
from media_assets.execution.plans import Plan
from media_assets.execution.recipe import TodaysRecipe
from resources.decoding.decoder_pool import Attempt
from resources.display_text import plain_text
from resources.outcomes import Outcome
from resources.rows.row_envelope import envelope

REASONS_SHOWN = 10
"""Sources named in a failed step's message; SQL has them all."""

ENVELOPE = envelope().keys()
TOLD = frozenset({"outcome", "reason", "warnings", "files"})
"""What of the envelope belongs to the result; the rest says how it was made."""

LONGEST_REASON = 300
"""Characters of one reason in a message."""


@dataclass(frozen=True)
class SourceResult:
    """One source's newest row of one derivative, and whether this run wrote it.

    ``original`` is the row of the source's acceptance, None if unknown. ``traceback`` is that of a
    failure, for the log. ``is_same`` says that what was made again came out as it was before.
    """

    derivative: str
    source_id: str
    original: Row | None
    row: Row
    is_new: bool
    is_unfinished: bool
    traceback: str | None = None
    is_same: bool = False


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
    is_same = plan.replaced is not None and is_same_result(plan.replaced, stored(today, row))
    return SourceResult(
        name, source_id, plan.original, row, True, is_unfinished, made.traceback, is_same
    )


def stored(today: TodaysRecipe, row: Row) -> Row:
    """The row as it is read again later: numbers as precise as their columns."""
    return pl.DataFrame([row], schema=table_schema(today.recipe)).row(0, named=True)


def is_same_result(one: Row, other: Row) -> bool:
    """Whether two rows of a source say the same: outcome, payload and the bytes of the files."""
    told = [name for name in other if name not in ENVELOPE or name in TOLD]
    return all(one.get(name) == other[name] for name in told)


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

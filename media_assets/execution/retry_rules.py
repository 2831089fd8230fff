"""How long what failed waits for its next try, and after how many tries it is given up.

Only the schedule ``unfinished_sources`` tries again by itself: when, it reads off the rows
(``gaps.retry_at``). A full disk or a server that is away may be over in minutes; a fault of the
program will be the same tomorrow. Waits grow sixfold up to a day: five tries take about one day for
what passes, two and a half days for what does not.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

import polars as pl

from resources.failure_classes import FailureClass
from resources.rows.row_store import RowStore
from resources.rows.table import Table

RETRY_RULE = Table(
    "ingest/retry_rule",
    pl.Schema(
        {
            "failure_class": pl.String(),
            "first_wait_seconds": pl.Float64(),
            "growth": pl.Float64(),
            "longest_wait_seconds": pl.Float64(),
            "most_attempts": pl.Int64(),
            "declared_at": pl.Datetime("us", "UTC"),
        }
    ),
    ("failure_class",),
    "How long what failed waits for its next try, and after how many tries it is given up.",
)

MINUTE_S, DAY_S = 60.0, 24 * 3600.0

FIRST_WAIT_S = {
    FailureClass.ENDPOINT: 5 * MINUTE_S,
    FailureClass.INTERRUPTED: 5 * MINUTE_S,
    FailureClass.DISK_FULL: 10 * MINUTE_S,
    FailureClass.TIMEOUT: 15 * MINUTE_S,
    FailureClass.OUT_OF_MEMORY: 30 * MINUTE_S,
    FailureClass.UNKNOWN: 60 * MINUTE_S,
}
"""After the first failure."""

GROWTH = 6.0


@dataclass(frozen=True)
class RetryRule:
    """The rule of one class: the wait after the nth failure is first x growth^(n-1), in s."""

    failure_class: str
    first_wait_seconds: float
    growth: float
    longest_wait_seconds: float
    most_attempts: int


def retry_rules(most_attempts: int) -> list[RetryRule]:
    """The rules of today; ``most_attempts`` as in the settings."""
    return [
        RetryRule(name.value, first_s, GROWTH, DAY_S, most_attempts)
        for name, first_s in FIRST_WAIT_S.items()
    ]


def declare_retry_rules(store: RowStore, most_attempts: int) -> None:
    """Commit the rules that are new or changed, so that SQL knows them."""
    names = [one.value for one in FailureClass]
    stored = store.current(RETRY_RULE.name, names).iter_rows(named=True)
    fields = RetryRule.__dataclass_fields__
    known = {RetryRule(**{name: row[name] for name in fields}) for row in stored}
    now = datetime.now(UTC)
    changed = [
        {**vars(rule), "declared_at": now}
        for rule in retry_rules(most_attempts)
        if rule not in known
    ]
    if changed:
        frame = pl.DataFrame(changed, schema=RETRY_RULE.schema)
        producer = {"made_by": "declaration"}
        store.append(RETRY_RULE.name, frame, run_id="declaration", producer=producer)

"""How far each batch is, in pictures (or other sources) and in derivatives."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from resources.warehouse.published_file import PublishedFile

BATCHES = """
with

parts as (
    select
        batch,
        sum(expected)::bigint as expected,
        sum(done)::bigint as done,
        sum(failed)::bigint as failed,
        arg_min(expected - in_progress, position) as begun
    from progress
    group by batch
)

select
    batches.*,
    coalesce(parts.expected, 0) as parts_expected,
    coalesce(parts.done, 0) as parts_done,
    coalesce(parts.failed, 0) as parts_failed,
    coalesce(parts.begun, 0) as begun
from batches
left join parts using (batch)
order by
    batches.status in ('complete', 'cancelled'),
    batches.started_at desc nulls last,
    batches.batch
"""
"""``begun``: sources whose first derivative has a result. Open batches come first."""

IN_WORDS = {
    "complete": "Ready",
    "cancelled": "Canceled",
    "paused": "Paused",
    "in_progress": "In progress",
    "not_started": "Waiting",
}


@dataclass(frozen=True)
class Counts:
    """Numbers that add up to ``total``."""

    pending: int
    processing: int
    done: int
    failed: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.pending + self.processing + self.done + self.failed

    @property
    def percent(self) -> int:
        """How much is done, 0 to 100; 100 only when all is."""
        return 100 * (self.done + self.failed) // self.total if self.total else 0

    @property
    def bars(self) -> list[tuple[str, int, int]]:
        """(what, number, share in thousandths) of each number that is not zero."""
        named = [
            ("done", self.done),
            ("processing", self.processing),
            ("pending", self.pending),
            ("failed", self.failed),
        ]
        return [(what, count, 1000 * count // self.total) for what, count in named if count]


@dataclass(frozen=True)
class BatchState:
    """One batch as of the last publication. ``batch`` is a folder's name: untrusted."""

    batch: str
    status: str
    started_at: datetime | None
    finished_at: datetime | None
    closing_line: str | None
    sources: Counts
    derivatives: Counts
    files_seen: int
    duplicates: int

    @property
    def is_open(self) -> bool:
        """Whether there is work left."""
        return self.status not in ("complete", "cancelled")

    @property
    def in_words(self) -> str:
        """The status as people read it."""
        return IN_WORDS[self.status]


def batches_of(published: PublishedFile) -> tuple[BatchState, ...]:
    """All batches, open ones first, then the newest: ``published.remembered(batches_of)``."""
    return tuple(batch_of(record) for record in published.records(BATCHES))


def batch_of(record: Mapping[str, Any]) -> BatchState:
    """One row of BATCHES."""
    parts = record["parts_expected"] - record["parts_done"] - record["parts_failed"]
    return BatchState(
        record["batch"],
        record["status"],
        record["started_at"],
        record["finished_at"],
        record["closing_line"],
        sources_of(record),
        Counts(parts, 0, record["parts_done"], record["parts_failed"]),
        record["files_seen"],
        record["duplicates"],
    )


def sources_of(record: Mapping[str, Any]) -> Counts:
    """The sources of a batch: those that are begun and not finished are in processing."""
    done = sum(record[name] for name in ("ok", "degraded", "unsupported", "rejected"))
    failed, left = record["failed"], record["in_progress"]
    processing = min(left, max(0, record["begun"] - done - failed))
    return Counts(left - processing, processing, done, failed)

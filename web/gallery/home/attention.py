"""What waits for a person: failures, outdated results, duplicates, files that were not taken."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from media_assets.execution.waiting_work import WaitingWork, seconds_each, waiting_work
from resources.warehouse.published_file import PublishedFile

GAPS = """
select
    asset,
    any_value(medium) as medium,
    count(*) filter (where gap = 'failed') as failed,
    count(*) filter (where gap = 'dead') as dead,
    count(*) filter (where gap = 'stale') as stale
from gaps
where gap in ('failed', 'dead', 'stale')
group by medium, asset
order by medium, asset
"""
FAILED_SOURCES = "select count(distinct source_id) from gaps where gap = 'failed'"
DUPLICATES = """
select tier, count(distinct group_id) as groups
from duplicates
group by tier
order by tier
"""
NOT_TAKEN = """
select state, sum(files)::bigint as files
from left_out
where state in ('too_large', 'unreadable') and not is_folder
group by state
order by state
"""
NOT_INTACT = """
select kind, count(*) as files
from fixity
where state not in ('ok', 'not_checked')
group by kind
order by kind
"""


@dataclass(frozen=True)
class Stale:
    """A derivative whose results would be made otherwise today; ``seconds_each`` as measured."""

    asset: str
    results: int
    seconds_each: float | None

    @cached_property
    def minutes(self) -> float | None:
        """How long it takes to make them again, by one worker."""
        return None if self.seconds_each is None else self.results * self.seconds_each / 60


@dataclass(frozen=True)
class Attention:
    """All of it, as of one publication."""

    failed_sources: int
    failed: dict[str, int]
    dead: dict[str, int]
    stale: tuple[Stale, ...]
    waiting: tuple[WaitingWork, ...]
    duplicates: dict[str, int]
    not_taken: dict[str, int]
    not_intact: dict[str, int]

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits."""
        return not (
            self.failed_sources
            or self.dead
            or self.stale
            or self.waiting
            or self.duplicates
            or self.not_taken
            or self.not_intact
        )


def attention_of(published: PublishedFile, ask_above: int) -> Attention:
    """What waits: ``published.remembered(attention_of, ask_above)``."""

    def ask(sql: str, values: Sequence[object]) -> Sequence[Sequence[object]]:
        return published.rows(sql, values).rows

    gaps = published.records(GAPS)
    ((failed_sources,),) = published.rows(FAILED_SOURCES).rows
    return Attention(
        failed_sources,
        {gap["asset"]: gap["failed"] for gap in gaps if gap["failed"]},
        {gap["asset"]: gap["dead"] for gap in gaps if gap["dead"]},
        tuple(
            Stale(gap["asset"], gap["stale"], seconds_each(ask, gap["medium"], gap["asset"]))
            for gap in gaps
            if gap["stale"]
        ),
        tuple(waiting_work(ask, ask_above)),
        dict(published.rows(DUPLICATES).rows),
        dict(published.rows(NOT_TAKEN).rows),
        dict(published.rows(NOT_INTACT).rows),
    )

"""How much there is to review, counted once per published file."""

from dataclasses import dataclass

from resources.warehouse.published_file import PublishedFile
from web.gallery.review.duplicate_groups import group_keys

FAILURES = """
select if(gaps.gap = 'dead', 'dead', made.outcome) as shown_as, count(*)
from expected_artifacts as made
left join gaps on made.source_id = gaps.source_id and made.asset = gaps.asset
where made.outcome in ('failed', 'rejected', 'unsupported', 'degraded')
group by shown_as
"""
NOT_TAKEN = "select coalesce(sum(files), 0)::bigint from left_out where state <> 'excluded'"
STALE = "select count(*) from gaps where gap = 'stale'"


@dataclass(frozen=True)
class Counts:
    """Numbers of results, files, groups and results; ``failures`` by outcome, dead ones apart."""

    failures: dict[str, int]
    not_taken: int
    groups: int
    stale: int


def counts_of(published: PublishedFile) -> Counts:
    """What there is: ``published.remembered(counts_of)``."""
    ((not_taken,),), ((stale,),) = published.rows(NOT_TAKEN).rows, published.rows(STALE).rows
    failures = {str(name): int(count) for name, count in published.rows(FAILURES).rows}
    groups = len(published.remembered(group_keys, is_decided=False))
    return Counts(failures, not_taken, groups, stale)

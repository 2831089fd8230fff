"""What is out of date, by cause, and what it costs to make it again."""

from dataclasses import dataclass

from resources.sources.selected import Selected
from resources.warehouse.published_file import PublishedFile

MOST_CAUSES = 200
MOST_SOURCES = 10_000
"""Requested by one press of a button; the next press takes the next."""

CAUSES = f"""
with causes as (
    select medium, asset, gap, why, count(*) as sources
    from gaps
    where gap in ('stale', 'possibly_stale')
    group by all
),

seconds as (
    select medium, asset, median(seconds) as seconds_each
    from artifacts
    where outcome in ('ok', 'degraded')
    group by medium, asset
)

select causes.*, seconds.seconds_each
from causes
left join seconds using (medium, asset)
order by gap = 'stale' desc, sources desc, asset, why
limit {MOST_CAUSES}
"""  # noqa: S608 - a number of ours
SOURCES = f"""
select source_id
from gaps
where medium = ? and asset = ? and gap = ? and why = ?
    and gap in ('stale', 'possibly_stale')
order by source_id
limit {MOST_SOURCES}
"""  # noqa: S608 - a number of ours


@dataclass(frozen=True)
class Cause:
    """Why results of one derivative are out of date; ``seconds_each`` is the median, or None."""

    medium: str
    asset: str
    gap: str
    why: str
    sources: int
    seconds_each: float | None

    @property
    def is_certain(self) -> bool:
        """Whether the result would be another one; else only the program was edited."""
        return self.gap == "stale"

    @property
    def cost(self) -> str:
        """About how long it takes one process."""
        if self.seconds_each is None:
            return "not measured yet"
        return duration(self.sources * self.seconds_each)


def duration(seconds: float) -> str:
    """A time in words, as exact as an estimate is."""
    if seconds < 90:
        return f"about {max(1, round(seconds))} s"
    if seconds < 90 * 60:
        return f"about {round(seconds / 60)} min"
    return f"about {seconds / 3600:,.1f} h"


def causes_of(published: PublishedFile) -> list[Cause]:
    """The largest causes first: ``published.remembered(causes_of)``."""
    return [Cause(**record) for record in published.records(CAUSES)]


def sources_of(
    published: PublishedFile, medium: str, asset: str, gap: str, why: str
) -> list[Selected]:
    """The sources with this cause, MOST_SOURCES of them at most."""
    found = published.rows(SOURCES, [medium, asset, gap, why]).rows
    return [Selected(medium, str(source_id)) for (source_id,) in found]

"""Work that waits for a person's yes: a new or changed derivative of very many sources.

A derivative that was just added to the tree is missing for the whole archive. Up to
``ask_above_sources`` (see the settings) it is made without asking. What is more waits for ``media
models update``: hours of work, or the bill of a model's server, are for a person to decide. What a
crash left open is not meant: these sources came after the derivative, or were tried before.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

Ask = Callable[[str, Sequence[object]], Sequence[Sequence[object]]]
"""Asks the tables: SQL and its values -> rows."""

WITHOUT_ASKING = ("sidecar_metadata", "catalogue_record")
"""What people and sidecars say costs next to nothing and is used at once when it is stale."""

MOST_SKIPS = 3
"""So often what has its inputs and is skipped all the same is tried by itself."""

OPEN_WORK = f"""
known_work as (
    select
        gaps.source_id,
        gaps.asset,
        gaps.gap,
        sources.landed_at > recipes.declared_at - interval 1 hour as is_newer_than_recipe,
        case gaps.gap
            when 'missing' then gaps.attempts = 0
                and sources.landed_at <= recipes.declared_at - interval 1 hour
            else gaps.gap = 'stale' and gaps.made_at < recipes.declared_at
        end as is_new_work,
        coalesce(list_contains(held.assets, gaps.asset), false)
            and held.at > coalesce(gaps.made_at, '-infinity'::timestamptz) as is_held
    from gaps
    inner join stg_ingest__sources as sources on gaps.source_id = sources.source_id
    inner join stg_ingest__recipes as recipes
        on gaps.medium = recipes.medium and gaps.asset = recipes.asset
    left join ingest.held_source as held on gaps.source_id = held.source_id
    where gaps.medium = ? and (
        (gaps.gap = 'missing' and gaps.attempts < {MOST_SKIPS})
        or (gaps.gap = 'failed' and gaps.retry_at <= now())
        or (gaps.gap = 'stale' and gaps.asset in {WITHOUT_ASKING})
    )
),

open_work as (select * exclude (is_held) from known_work where not is_held),

waiting as (
    select asset, gap, count(*) as sources
    from open_work
    where is_new_work
    group by asset, gap
    having count(*) > ?
)"""  # noqa: S608 - names and numbers of ours
"""Values: the medium's name, ``ask_above_sources``. ``is_new_work``: the recipe is newer than the
source, or than its result. What failed is open when the time of its next try has come, never
when it is dead. The hour: the first sources of a new home may land a moment before its
recipes are declared. ``is_held``: a person canceled the run that was to do it."""

MEDIA = "select distinct medium from stg_ingest__recipes order by medium"

WAITING = f"""
with {OPEN_WORK}
select asset, sum(sources)::bigint from waiting group by asset order by asset
"""  # noqa: S608 - names and numbers of ours

WAITING_SOURCES = f"""
with {OPEN_WORK}
select source_id, asset from open_work semi join waiting using (asset, gap) where is_new_work
"""  # noqa: S608 - names and numbers of ours

HELD = f"""
with {OPEN_WORK} select count(distinct source_id) from known_work where is_held
"""  # noqa: S608 - names and numbers of ours

NEXT_TRIES = """
select count(*), min(retry_at) from gaps where gap = 'failed' and retry_at > now()
"""

SECONDS = """
select median(seconds) from {medium}_history.{asset} where outcome in ('ok', 'degraded')
"""


@dataclass(frozen=True)
class WaitingWork:
    """One derivative that waits, for how many sources, and what one took here (None: unknown)."""

    medium: str
    asset: str
    sources: int
    seconds_each: float | None

    @property
    def cost(self) -> str:
        """What a yes costs, in words."""
        what = "images" if self.medium == "image" else "sources"
        if self.seconds_each is None:
            return f"{self.sources:,} {what}, seconds for each not measured yet"
        hours = self.sources * self.seconds_each / 3600
        each = f"{self.seconds_each:.2g} s" if self.seconds_each >= 0.01 else "less than 0.01 s"
        total = f"{hours:.1f} h" if hours >= 0.05 else "less than 0.1 h"
        return f"{self.sources:,} {what}, {each} each: {total} of work"

    @property
    def text(self) -> str:
        """One line that says what waits and how to say yes."""
        return f"{self.asset} waits ({self.cost}); yes: media models update --asset {self.asset}"


def what_waits(ask: Ask, ask_above: int) -> list[str]:
    """All that waits, one line each: new work, what failed, and what was canceled."""
    lines = [work.text for work in waiting_work(ask, ask_above)] + next_tries(ask)
    for (medium,) in ask(MEDIA, []):
        ((held,),) = ask(HELD, [medium, ask_above])
        if held:
            lines.append(f"{held} {medium}(s) wait since their run was cancelled; on: media retry")
    return lines


def next_tries(ask: Ask) -> list[str]:
    """A line on what failed and waits for the time of its next try; none when nothing does."""
    ((count, first),) = ask(NEXT_TRIES, [])
    if not isinstance(first, datetime):
        return []
    at = f"{first.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    return [f"{count} failed result(s) wait for their next try, the first until {at}"]


def waiting_work(ask: Ask, ask_above: int) -> list[WaitingWork]:
    """All that waits, in every medium."""
    return [work for (medium,) in ask(MEDIA, []) for work in of_medium(ask, str(medium), ask_above)]


def of_medium(ask: Ask, medium: str, ask_above: int) -> list[WaitingWork]:
    """What waits in one medium."""
    found = []
    for asset, sources in ask(WAITING, [medium, ask_above]):
        each = seconds_each(ask, medium, str(asset))
        found.append(WaitingWork(medium, str(asset), int(str(sources)), each))
    return found


def seconds_each(ask: Ask, medium: str, asset: str) -> float | None:
    """What one result of a derivative took here: the median, in s; None when none was measured."""
    ((seconds,),) = ask(SECONDS.format(medium=medium, asset=asset), [])
    return None if seconds is None else float(str(seconds))

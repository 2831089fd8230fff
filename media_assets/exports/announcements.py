"""Finds in the published tables what is to be told: batches that are complete, new failures.

It looks at the state, not at events, so a publication that was killed half-way is told of later.
What the outbox knows is not told twice. What was over before there was an outbox is never told:
whoever sets the first target does not want the news of last year.
"""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from media_assets.exports.export_files import file_name
from resources.configuration.media_home import MediaHome
from resources.configuration.notify_settings import Event
from resources.configuration.settings import Settings
from resources.notifications.outbox import Announcement, announce, begun_at, newest
from resources.warehouse.database_file import reading

EXPORT_SECONDS = 600
"""A batch is told of with its export; one that has none after so long, without."""

FAILURES_SECONDS = 900
"""Failures come in crowds: one message counts all of a quarter of an hour."""

COMPLETE = """
select batch, closing_line, finished_at, accepted, failed
from batches
where status = 'complete' and finished_at > ?
order by finished_at
"""
FAILED = """
select count(*), count(distinct source_id), max(made_at), list(distinct asset order by asset)[:10]
from artifacts
where outcome = 'failed' and made_at > ?
"""


def announce_news(settings: Settings) -> int:
    """Keep messages about what is new in media.duckdb; how many. Raises duckdb.Error."""
    home = settings.media_home
    began = begun_at(home)
    if not home.warehouse.exists():
        return 0
    with reading(home.warehouse) as connection:
        found = [*complete_batches(home, connection, began), *failures(home, connection, began)]
    return sum(announce(settings, one) for one in found)


def complete_batches(
    home: MediaHome, connection: duckdb.DuckDBPyConnection, began_s: float
) -> Iterator[Announcement]:
    """One message per complete batch and closing line: a late file makes another line."""
    rows = connection.execute(COMPLETE, [datetime.fromtimestamp(began_s, UTC)]).fetchall()
    for batch, line, finished_at, accepted, failed in rows:
        exports = exports_of(home, batch)
        if not exports and time.time() - finished_at.timestamp() < EXPORT_SECONDS:
            continue
        places = "".join(f"\n{path}" for path in exports)
        yield Announcement(
            Event.BATCH_COMPLETE,
            f"{batch}\0{line}",
            f"{batch} is complete",
            f"{batch}: {line}{places}",
            {
                "batch": batch,
                "closing_line": line,
                "exports": [str(path) for path in exports],
                "accepted": accepted,
                "failed": failed,
                "finished_at": finished_at.isoformat(),
            },
        )


def exports_of(home: MediaHome, batch: str) -> list[Path]:
    """The files of JSON lines of a batch, one per medium, as far as they are written."""
    images = home.exports / file_name(batch)
    stem = images.name.removesuffix(".jsonl")
    others = [path for path in home.exports.glob("*.jsonl") if path.name.startswith(f"{stem} (")]
    return [*([images] if images.exists() else []), *sorted(others)]


def failures(
    home: MediaHome, connection: duckdb.DuckDBPyConnection, began_s: float
) -> Iterator[Announcement]:
    """One message about all results that failed since the last one."""
    last = newest(home, Event.FAILURES)
    if last and time.time() - last[0] < FAILURES_SECONDS:
        return
    since = datetime.fromisoformat(str(last[1]["until"])) if last else None
    values = [since or datetime.fromtimestamp(began_s, UTC)]
    results, sources, until, assets = connection.execute(FAILED, values).fetchall()[0]
    if results:
        yield Announcement(
            Event.FAILURES,
            until.isoformat(),
            f"{results:,} results failed",
            f"{results:,} results of {sources:,} sources failed ({', '.join(assets)}). "
            "What failed, and why: media failures. To run them again: media retry.",
            {
                "results": results,
                "sources": sources,
                "derivatives": assets,
                "until": until.isoformat(),
            },
        )

"""How much was made in the last minutes, read from the names and footers of new row files.

So it is current between two publications, and costs a listing of a few folders: a file never
changes, so each is opened once.
"""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import polars as pl

from media_assets.media import all_media
from resources.configuration.media_home import MediaHome
from resources.rows.row_paths import row_files

MINUTES = 5
MOST_FILES = 5000
"""Files looked at; more in five minutes would be more than 16 commits a second."""

REMEMBERED = 4 * MOST_FILES


@dataclass(frozen=True)
class Pace:
    """Results of derivatives: in the last ``minutes``, and since the tables were published."""

    results: int
    minutes: float
    since_publication: int

    @property
    def per_minute(self) -> float:
        """Results per minute."""
        return self.results / self.minutes

    def minutes_left(self, results: int) -> float | None:
        """How long so many results take at this pace; None when there is none."""
        left = max(0, results - self.since_publication)
        return left / self.per_minute if self.results else None


def pace_of(home: MediaHome, published_ns: int) -> Pace:
    """The pace now; ``published_ns`` is when media.duckdb was made (Unix time in ns).

    With less than MINUTES of work, the time since its first result counts.
    """
    now = time.time_ns()
    since = now - MINUTES * 60 * 10**9
    files = list(newest(home, min(since, published_ns)))
    counts = {path: rows_in(path) for path in files}
    recent = [path for path in files if made_ns(path) >= since]
    first = min(map(made_ns, recent), default=since)
    results = sum(counts[path] for path in recent)
    later = sum(count for path, count in counts.items() if made_ns(path) > published_ns)
    return Pace(results, max(0.5, (now - first) / 60e9), later)


def newest(home: MediaHome, since_ns: int) -> Iterator[Path]:
    """The commits of derivatives since then, at most MOST_FILES."""
    found = [
        path for folder in inboxes(home) for path in row_files(folder) if made_ns(path) >= since_ns
    ]
    yield from sorted(found, key=made_ns)[-MOST_FILES:]


def inboxes(home: MediaHome) -> Iterable[Path]:
    """The folders into which the results of derivatives are committed."""
    for medium in all_media().values():
        for asset in medium.recipes:
            folder = home.rows / medium.name / asset / "inbox"
            if folder.is_dir():
                yield folder


def made_ns(path: Path) -> int:
    """When a commit was made (Unix time in ns): its id begins with it."""
    return int(path.stem.partition("-")[0])


@lru_cache(REMEMBERED)
def rows_in(path: Path) -> int:
    """The rows of one commit; 0 when it was folded into a larger file meanwhile."""
    try:
        return int(pl.scan_parquet(path, glob=False).select(pl.len()).collect().item())
    except FileNotFoundError:
        return 0

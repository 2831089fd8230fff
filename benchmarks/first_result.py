"""How soon the first image of a run can be asked for, and how much of what is made meanwhile.

``python -m benchmarks.first_result [PICTURES]``; 100 JPEGs of 12 MP without an argument. Read off
the rows: each says when it was made and how long that took, and the date of its file says since
when it can be asked for.
"""

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from benchmarks.bars import check, note
from benchmarks.media_command import add_folder
from benchmarks.photographs import make_photographs
from benchmarks.synthetic_home import WITHOUT_READING

PICTURES = 100
BAR_SECONDS = 2.0
"""From the beginning of the first image's visit to the first commit."""

SETTLED_SECONDS, BAR_SHARE = 15.0, 0.8
"""So long after that, so much of what has been made can be asked for at any moment."""

FIRST, LAST = "source_record", "thumbnails"
"""What a visit begins with, and what is asked for here."""


@dataclass(frozen=True)
class Commit:
    """The epoch seconds at which a file came to be, and those at which its rows were made."""

    at: float
    made_at: list[float]


def commits(home: Path, asset: str) -> list[Commit]:
    """The commits of an asset's rows, oldest first."""
    files = (home / "rows" / "image" / asset / "inbox").glob("0*.parquet")
    found = [Commit(path.stat().st_mtime, made_at(path)) for path in files]
    return sorted(found, key=lambda one: one.at)


def made_at(path: Path) -> list[float]:
    """When the rows of a file were made, epoch seconds."""
    rows = pl.read_parquet(path, columns=["made_at"])
    return [value.timestamp() for value in rows["made_at"]]


def begun_at(home: Path) -> float:
    """When the first image's visit began, epoch seconds."""
    rows = pl.read_parquet(home / "rows" / "image" / FIRST / "inbox" / "0*.parquet")
    seconds = pl.col("made_at").dt.epoch("us") / 1e6 - pl.col("seconds")
    return float(str(rows.select(seconds.min()).item()))


def least_share(found: list[Commit], since: float) -> float:
    """The least part of what is made that can be asked for, just before any commit after that."""
    made = sorted(at for one in found for at in one.made_at)
    shares, committed = [1.0], 0
    for one in found:
        if one.at >= since:
            shares.append(committed / max(1, sum(at <= one.at for at in made)))
        committed += len(one.made_at)
    return min(shares)


def main(count: int = PICTURES) -> bool:
    """Print both; return whether the bars are met."""
    with tempfile.TemporaryDirectory() as scratch:
        home = Path(scratch, "home")
        make_photographs(Path(scratch, "photographs"), count)
        cost = add_folder(Path(scratch, "photographs"), home, **WITHOUT_READING)
        found, begun = commits(home, LAST), begun_at(home)
    print(f"First results of {count} JPEGs of 12 MP, wall clock")
    note("first image visited after the command's start", begun - cost.began, "s")
    is_soon = check("first commit after that", found[0].at - begun, BAR_SECONDS, "s")
    share = least_share(found, begun + SETTLED_SECONDS)
    name = f"least share to be asked for, from {SETTLED_SECONDS:g} s on"
    return check(name, share, BAR_SHARE, direction="at least") and is_soon


if __name__ == "__main__":
    sys.exit(0 if main(*map(int, sys.argv[1:])) else 1)

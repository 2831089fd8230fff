"""CPU-seconds of the commands that only ask, on homes of several sizes.

``python -m benchmarks.reads [IMAGES ...]``; 1,000 and 20,000 without an argument. Each command is
a process of its own, called as a user calls it, a few times; the least counts. Its cost is beside
that of the plainest Python program that asks DuckDB for one row.
"""

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.bars import check, note
from benchmarks.media_command import media
from benchmarks.processes import cost_of_command
from benchmarks.synthetic_home import WITHOUT_READING, make_home

SIZES = (1_000, 20_000)
TIMES = 3
BAR_FEW, BAR_MANY = 0.5, 1.0
"""CPU-seconds: up to a thousand images, and up to a hundred thousand."""

FEW = 1_000
PLAIN = "import duckdb; print(duckdb.sql('select 1').fetchall())"


def questions(image_id: str) -> list[Sequence[str]]:
    """The commands, with their words."""
    return [
        ("sql", "select 1"),
        ("sql", "select count(*) from images"),
        ("find", "picture"),
        ("show", image_id),
        ("search", "green picture"),
        ("status",),
        ("failures",),
        ("versions", image_id),
    ]


def least_cpu_seconds(home: Path, words: Sequence[str]) -> float:
    """The least of a few calls, after one that may still have something to prepare."""
    return min(media(home, *words, **WITHOUT_READING).cpu_seconds for _ in range(TIMES))


def measure(home: Path, ids: Sequence[str]) -> bool:
    """Print each command's cost on a home with these images; whether all bars are met."""
    bar = BAR_FEW if len(ids) <= FEW else BAR_MANY
    print(f"Asking a home of {len(ids):,} images, CPU-seconds of one command")
    plain = cost_of_command([sys.executable, "-c", PLAIN])
    note("duckdb alone, select 1", plain.cpu_seconds, "s")
    media(home, "status", **WITHOUT_READING)
    found = []
    for words in questions(ids[-1]):
        shown = "media " + " ".join(word if word != ids[-1] else "ID" for word in words)
        found.append(check(shown, least_cpu_seconds(home, words), bar, "s"))
    return all(found)


def main(sizes: Sequence[int] = SIZES) -> bool:
    """Measure each size in a home of its own; return whether all bars are met."""
    met = []
    for count in sizes:
        with tempfile.TemporaryDirectory() as scratch:
            home = Path(scratch, "home")
            met.append(measure(home, make_home(home, count)))
    return all(met)


if __name__ == "__main__":
    sys.exit(0 if main([int(word) for word in sys.argv[1:]] or SIZES) else 1)

"""What a look at an archive costs in which nothing is new, beside the plainest walk through it."""

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from resources.configuration.settings import LandingRoot, Settings
from resources.landing.ingest import confirm, look_at_landing, waiting_chunk_ids

FILES = 100_000
FILES_PER_FOLDER = 500
MOST_SECONDS = 1.0
"""CPU-seconds of a look at 100,000 known files."""


def make_archive(folder: Path, files: int) -> None:
    """Folders of small files, no two alike."""
    for number in range(files):
        path = folder / f"{number // FILES_PER_FOLDER:04d}" / f"DSC_{number:06d}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(str(number).encode())


def take_all(settings: Settings) -> None:
    """Look until every file is taken, and say that runs exist for all."""
    while look_at_landing(settings).waiting_count:
        while waiting := waiting_chunk_ids(settings.media_home):
            confirm(settings.media_home, waiting)


def plain_walk(folder: Path) -> int:
    """The status of every file below the folder; how many there are."""
    return sum(
        1
        for parent, _, names in os.walk(folder)
        for name in names
        if os.lstat(os.path.join(parent, name))  # noqa: PTH118 - the fastest way
    )


def cpu_seconds(work: Callable[[], object]) -> float:
    """CPU time of this process in ``work``; the better of two."""
    times = []
    for _ in range(2):
        began = time.process_time()
        work()
        times.append(time.process_time() - began)
    return min(times)


def main(files: int = FILES) -> bool:
    """Print both costs and their ratio; return whether the look meets the bar."""
    with tempfile.TemporaryDirectory() as scratch:
        archive, home = Path(scratch, "archive"), Path(scratch, "home")
        make_archive(archive, files)
        root = LandingRoot(name="archive", path=archive, mode="reference")
        settings = Settings(
            home=home, landing_roots=(root,), settle_seconds=0.01, hash_seconds_per_tick=50
        )
        take_all(settings)
        look = cpu_seconds(lambda: look_at_landing(settings))
        walk = cpu_seconds(lambda: plain_walk(archive))
    bar_s = MOST_SECONDS * files / FILES
    verdict = "met" if look <= bar_s else "MISSED"
    sys.stdout.write(
        f"A look at {files:,} known files with nothing new, CPU-seconds\n"
        f"  os.walk and lstat {walk:6.2f}\n"
        f"  look              {look:6.2f}   (bar: {bar_s:g}, {verdict})\n"
        f"  ratio             {look / walk:6.1f}\n"
    )
    return look <= bar_s


if __name__ == "__main__":
    sys.exit(0 if main(*map(int, sys.argv[1:])) else 1)

"""A whole folder of good, bad and hostile files dropped in at once, then again under other names.

``python -m tests.torture.whole_corpus FOLDER [--home DIR]`` prints what became of every refused
file, and ends with exit code 1 when a file has no outcome or no reason, when a ``manifest.csv`` in
the folder (columns ``file``, ``expected``, ``firm``) disagrees, when a decoder used more memory
than allowed, or when dropping everything again made anything new.
"""

import argparse
import csv
import os
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from media_assets.media import image_recipes
from tests.support.main_job import MainJob, files_below, main_job

USABLE = ("ok", "degraded")
REFUSED = ("rejected", "unsupported")
LEFT_OUT = {"manifest.csv", "NOTICE"}
MOST_RSS_BYTES = 3 * 1024**3
"""Of one decoder; its address space is limited to 4 GiB."""

OUTCOMES = """
select distinct on (sightings.path_display) sightings.path_display, outcome, reason
from sightings join images using (image_id)
"""


@dataclass
class Watcher:
    """The most memory that any process below this one used, looked at ten times a second."""

    most_rss_bytes: int = 0
    stop: threading.Event = field(default_factory=threading.Event)

    def watch(self) -> None:
        while not self.stop.wait(0.1):
            for process in psutil.Process().children(recursive=True):
                try:
                    rss_bytes = process.memory_info().rss
                except psutil.NoSuchProcess:
                    continue
                self.most_rss_bytes = max(self.most_rss_bytes, rss_bytes)


@contextmanager
def watched() -> Iterator[Watcher]:
    watcher = Watcher()
    thread = threading.Thread(target=watcher.watch, daemon=True)
    thread.start()
    try:
        yield watcher
    finally:
        watcher.stop.set()
        thread.join()


def collect(folder: Path) -> dict[str, bytes]:
    """Flat name -> bytes of every file below ``folder``."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {
        path.relative_to(folder).as_posix().replace("/", "__"): path.read_bytes()
        for path in paths
        if path.name not in LEFT_OUT and path.suffix != ".json"
    }


def expectations(folder: Path) -> dict[str, str]:
    """Flat name -> "usable" or "refused", of the files that the manifest is sure of."""
    manifest = folder / "manifest.csv"
    if not manifest.exists():
        return {}
    with manifest.open(newline="") as file:
        rows = list(csv.DictReader(file))
    words = {"ok": "usable", "reject": "refused"}
    return {
        row["file"].replace("/", "__"): words.get(row["expected"], row["expected"])
        for row in rows
        if row.get("firm", "firm") == "firm" and not row.get("needs", "").startswith("none")
    }


def problems_of(job: MainJob, names: set[str], expected: dict[str, str]) -> list[str]:
    """What is wrong with the outcomes."""
    found = {str(path).partition("/")[2]: rest for path, *rest in job.sql(OUTCOMES)}
    wrong = [f"{name}: not in the tables" for name in sorted(names - found.keys())]
    for name, (outcome, reason) in sorted(found.items()):
        if outcome not in (*USABLE, *REFUSED):
            wrong.append(f"{name}: {outcome} ({reason})")
        elif outcome in REFUSED and not reason:
            wrong.append(f"{name}: {outcome} without a reason")
        wanted = expected.get(name)
        if wanted and (outcome in USABLE) != (wanted == "usable"):
            wrong.append(f"{name}: {outcome} ({reason}), but it should be {wanted}")
    for name, (outcome, reason) in sorted(found.items()):
        if outcome != "ok":
            sys.stdout.write(f"  {outcome:<12}{name}: {reason}\n")
    counts = Counter(outcome for outcome, _ in found.values())
    sys.stdout.write(f"{dict(counts)}\n")
    return wrong


def unfinished(job: MainJob) -> list[str]:
    """Gaps that should not be, and the slowest answers."""
    gaps = job.sql("select asset, image_id, gap, last_error from gaps where can_change")
    slowest = job.sql(
        "select round(seconds, 1), asset, image_id from artifacts order by 1 desc limit 5"
    )
    sys.stdout.write(f"slowest: {slowest}\n")
    return [f"open gap: {gap}" for gap in gaps]


def dropped_again(job: MainJob, files: dict[str, bytes]) -> list[str]:
    """What the same bytes under other names changed besides sightings."""
    home = job.settings.media_home
    kept, rows, keys = files_below(home.originals, home.derivatives), job.row_count(), job.keys()
    worked = job.add("again", {f"renamed-{name}": content for name, content in files.items()})
    grown = {name for name, count in job.row_count().items() if count != rows[name]}
    wrong = []
    if worked.runs or job.keys() != keys:
        wrong.append(f"dropped again: {len(worked.runs)} runs, {len(job.keys())} keys")
    if grown - {"ingest/sighting", "ingest/batch_event"}:
        wrong.append(f"dropped again: new rows in {sorted(grown)}")
    if files_below(home.originals, home.derivatives) != kept:
        wrong.append("dropped again: files were made or changed")
    return wrong


def try_folder(folder: Path, home: Path) -> list[str]:
    """Everything that went wrong."""
    files = collect(folder)
    with main_job(home) as job, watched() as watcher:
        started = time.monotonic()
        job.add("whole", files)
        sys.stdout.write(f"{len(files)} files in {time.monotonic() - started:.0f} s, ")
        sys.stdout.write(f"{len(image_recipes())} derivatives, load {os.getloadavg()[0]:.1f}\n")
        wrong = problems_of(job, set(files), expectations(folder))
        wrong += unfinished(job)
        wrong += dropped_again(job, files)
        sys.stdout.write(
            f"most memory of one process: {watcher.most_rss_bytes / 1024**2:.0f} MiB\n"
        )
        if watcher.most_rss_bytes > MOST_RSS_BYTES:
            wrong.append("a process used too much memory")
    return wrong


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--home", type=Path, help="Keep the results here.")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="media-") as temporary:
        wrong = try_folder(chosen.folder, chosen.home or Path(temporary) / "home")
    for line in wrong:
        sys.stdout.write(f"WRONG {line}\n")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()

"""From landing to committed rows and events, against a script that makes the same pictures well.

Both get the same 12 MP JPEGs and the same number of processes. The script decodes each picture once
and shrinks it in memory from size to size. Ours is timed on files in the landing folder of a new
MEDIA_HOME, from the start of ``media add --wait`` to the last row and event: it also hashes, takes
in the files, reads metadata, measures, flushes every file to disk, commits rows and writes events
to Dagster. Only the settle time, waiting by choice, is left out; the whole command, which then
recognizes what is in the pictures and publishes media.duckdb, is printed beside it.
"""

import json
import os
import sys
import tempfile
import time
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import dagster as dg
import pyvips

from benchmarks.bars import check
from benchmarks.media_command import media
from benchmarks.photographs import make_photographs
from benchmarks.processes import ProcessSampler, descendants_cpu_seconds
from media_assets.images import model_input, thumbnails, viewing_copy
from resources.configuration.settings import Settings
from resources.orchestration.dagster_home import open_dagster
from resources.orchestration.run_tags import RENDITIONS, STAGE_TAG

BATCH = "photographs"
BAR = 0.85
"""Ours may take 1 / 0.85 of the script's time."""

FEW_WORDS = "thumbnails, metadata and hashes queryable"


@dataclass(frozen=True)
class Timing:
    """Wall-clock seconds, the highest sum of memory of all processes in bytes, CPU-seconds.

    Ours counts CPU-seconds of the whole command, with recognition and publication.
    """

    seconds: float
    peak_bytes: int
    cpu_seconds: float
    whole_command_seconds: float = 0.0
    first_result_seconds: float = 0.0


def plain_script(paths: list[Path], target: Path, processes: int) -> Timing:
    """Time a process pool that only decodes, shrinks and writes."""
    target.mkdir(parents=True)
    os.sync()  # what was written before is not to be written on our time
    pools = get_context("spawn")  # libvips does not survive a fork after its first picture
    with ProcessSampler() as sampler, pools.Pool(processes) as pool:
        pool.starmap(derive_plainly, [(path, target) for path in paths[:processes]])  # warm up
        began, started = descendants_cpu_seconds(), time.perf_counter()
        pool.starmap(derive_plainly, [(path, target) for path in paths], chunksize=4)
        seconds = time.perf_counter() - started
        return Timing(seconds, sampler.peak_bytes, descendants_cpu_seconds() - began)


def derive_plainly(path: Path, target: Path) -> None:
    """Write the same renditions as the assets do, without any of the care."""
    pyvips.cache_set_max(0)
    pyvips.concurrency_set(1)
    side = viewing_copy.AT_MOST_PX
    pixels = pyvips.Image.thumbnail(str(path), side, height=side, size="down").copy_memory()
    pixels.jpegsave(str(target / f"{path.stem}-viewing.jpg"), Q=viewing_copy.QUALITY)
    sides = {
        model_input.AT_MOST_PX: model_input.QUALITY,
        thumbnails.LARGE_PX: thumbnails.QUALITY,
        thumbnails.MEDIUM_PX: thumbnails.QUALITY,
        thumbnails.SMALL_PX: thumbnails.QUALITY,
    }
    for size, quality in sides.items():
        pixels = pixels.thumbnail_image(size, height=size, size="down").copy_memory()
        pixels.jpegsave(str(target / f"{path.stem}-{size}.jpg"), Q=quality)


def media_add(folder: Path, home: Path, workers: int) -> Timing:
    """Time the main job on files that have landed. Raises when not every image is ready."""
    landed = home / "landing" / BATCH
    landed.parent.mkdir(parents=True)
    folder.rename(landed)
    last = home.with_suffix(".jpg")  # the command wants a path to add
    next(landed.iterdir()).rename(last)
    os.sync()
    cost = media(home, "add", str(last), "--batch", BATCH, "--wait", "--json", WORKERS=str(workers))
    batch = json.loads(cost.output)
    if batch["ok"] != batch["accepted"]:
        raise RuntimeError(f"not every image is ready: {cost.output}")
    return Timing(
        renditions_ended(home) - cost.began,
        cost.peak_bytes,
        cost.cpu_seconds,
        cost.seconds,
        first_thumbnail(home) - cost.began,
    )


def first_thumbnail(home: Path) -> float:
    """When the first row with thumbnails could be asked for (epoch seconds)."""
    inbox = home / "rows" / "image" / "thumbnails"
    return min(path.stat().st_mtime for path in inbox.rglob("0*.parquet"))


def renditions_ended(home: Path) -> float:
    """When the last run of the first stage had written its rows and events (epoch seconds)."""
    with open_dagster(Settings(home=home)) as instance:
        runs = instance.get_run_records(dg.RunsFilter(tags={STAGE_TAG: RENDITIONS}))
        return max(float(run.end_time or 0) for run in runs)


def main(count: int = 300, few: int = 100) -> bool:
    """Print images per second and CPU-seconds of both, their ratio, and peak memory.

    Returns whether the bar is met.
    """
    workers = os.cpu_count() or 1
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch)
        paths = make_photographs(root / "photographs", count)
        make_photographs(root / "few", few)
        script = plain_script(paths, root / "plain", workers)
        ours = media_add(root / "photographs", root / "home", workers)
        short = media_add(root / "few", root / "home-few", workers)
    return report(count, few, script, ours, short)


def report(count: int, few: int, script: Timing, ours: Timing, short: Timing) -> bool:
    """Print the figures and the ratios; return whether the bar is met."""
    print(f"{count} JPEGs of 12 MP")
    for name, timing in {"plain script": script, "media add": ours}.items():
        speed, peak_mib = count / timing.seconds, timing.peak_bytes / 2**20
        cpu_ms = timing.cpu_seconds * 1000 / count
        print(f"  {name:<13} {speed:6.1f} images/s  {peak_mib:7.0f} MiB  {cpu_ms:6.0f} CPU-ms each")
    ratio = script.seconds / ours.seconds
    is_met = check("images/s, times the script's", ratio, BAR, direction="at least")
    first = ours.first_result_seconds
    print(f"  first image   {first:6.1f} s after the start of the command, {FEW_WORDS}")
    whole = count / ours.whole_command_seconds
    print(f"  whole command {whole:6.1f} images/s, recognized and published too")
    growth = ours.peak_bytes / short.peak_bytes
    print(f"  peak memory of {count} against {few} images: {growth:.2f} x")
    return is_met


if __name__ == "__main__":
    sys.exit(0 if main(*map(int, sys.argv[1:])) else 1)

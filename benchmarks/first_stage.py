"""Small pictures: what all derivatives that need no model cost, and what is left on the disk.

``python -m benchmarks.first_stage [PICTURES]``; 1,000 JPEGs of 320 x 240 px without an argument.
One run of the first stage in this process and its decoders, as the service starts it: announcement,
visits, rows, events. The decoders are ready; the files have landed and are hashed, which is printed
beside it. Then everything else is made too (models built in, no text read), and the disk is
measured.
"""

import os
import sys
import tempfile
from pathlib import Path

import dagster as dg

from benchmarks.bars import check, note
from benchmarks.photographs import make_small_pictures
from benchmarks.processes import cost_of_work
from benchmarks.synthetic_home import WITHOUT_READING
from media_assets.media import image_recipes
from resources.configuration.settings import Settings
from resources.orchestration.dagster_home import environment, open_dagster

PICTURES = 1_000
BAR_CPU_MS = 25.0
BAR_EVENT_BYTES = 2_000
"""Of Dagster's storage, per image and asset."""


def main(count: int = PICTURES) -> bool:
    """Print both costs per image; return whether both bars are met."""
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch)
        settings = {f"MEDIA_{name}": value for name, value in WITHOUT_READING.items()}
        settings |= {"MEDIA_HOME": str(root / "home"), "MEDIA_SETTLE_SECONDS": "0.1"}
        with environment(settings):
            return measure(Settings(), count)


def measure(settings: Settings, count: int) -> bool:
    """The same in a home that the environment names."""
    from command_line.queries.tables import prepare
    from command_line.service.foreground import run_until_idle

    home = settings.media_home
    prepare(home)
    with open_dagster(settings) as instance:
        make_small_pictures(home.landing / "warming", os.cpu_count() or 1, first=10 * count)
        run_until_idle(settings, instance)
        before = sizes_of(home.root)
        make_small_pictures(home.landing / "pictures", count)
        landing = cost_of_work(lambda: land(settings))
        stage = cost_of_work(lambda: run_first_stage(instance))
        rest = cost_of_work(lambda: run_until_idle(settings, instance))
    print(f"{count:,} JPEGs of 320 x 240 px, CPU-ms per image")
    note("taken in: looked at, hashed, moved, durable", landing.cpu_seconds * 1000 / count, "ms")
    is_fast = check(
        "all derivatives that need no model", stage.cpu_seconds * 1000 / count, BAR_CPU_MS, "ms"
    )
    note("all others, publication, search", rest.cpu_seconds * 1000 / count, "ms")
    return report_sizes(before, sizes_of(home.root), count) and is_fast


def land(settings: Settings) -> None:
    """Look until nothing in the landing folder waits any more."""
    from media_assets.media import medium_of
    from resources.landing.ingest import look_until_settled

    while look_until_settled(settings, medium_of=medium_of).waiting_count:
        pass


def run_first_stage(instance: dg.DagsterInstance) -> None:
    """Carry out the runs of the first stage that the sensor of the landing folders asks for."""
    from command_line.service.sensor_ticks import SensorTicks
    from sensors.landing_folders import landing_folders

    ticks = SensorTicks(instance)
    while ticks.tick(landing_folders):
        pass
    if set(ticks.ended) != {dg.DagsterRunStatus.SUCCESS}:
        raise RuntimeError(f"the runs of the first stage ended so: {ticks.ended}")


def sizes_of(home: Path) -> dict[str, int]:
    """Bytes of the files below each part of a home."""
    return {
        part.name: sum(file.stat().st_size for file in (part, *part.rglob("*")) if file.is_file())
        for part in home.iterdir()
    }


def report_sizes(before: dict[str, int], after: dict[str, int], count: int) -> bool:
    """Print bytes per image; return whether Dagster's storage keeps to its bar."""
    print(f"{count:,} images more on the disk, bytes per image")
    for part in sorted(after):
        if grown := (after[part] - before.get(part, 0)) / count:
            note(part, grown, "bytes")
    assets = len(image_recipes())
    events = (after["dagster"] - before["dagster"]) / count / assets
    return check("dagster, per image and asset", events, BAR_EVENT_BYTES, "bytes")


if __name__ == "__main__":
    sys.exit(0 if main(*map(int, sys.argv[1:])) else 1)

"""How soon an instant drop has its renditions while a large batch takes all places.

``python -m benchmarks.priorities [PICTURES [INSTANT]]``; 5,000 JPEGs of 12 MP and 5 more without an
argument. The real service works on the large batch; as soon as its first runs have begun, the
instant pictures are dropped by ``media add --priority instant``. Read off the rows, from the start
of that command to the commit that makes the last instant thumbnail known; settling is counted.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg

from benchmarks.bars import check, note
from benchmarks.media_command import MEDIA
from benchmarks.pages import free_port
from benchmarks.photographs import make_photographs
from benchmarks.synthetic_home import WITHOUT_READING
from resources.configuration.settings import Settings
from resources.orchestration.dagster_home import open_dagster
from resources.orchestration.run_tags import BATCH_TAG, RENDITIONS, STAGE_TAG
from resources.rows.row_store import RowStore

PICTURES, INSTANT = 5000, 5
BAR_SECONDS = 30.0
LARGE, URGENT = "archive", "front-page"
BATCH_SIZE = 100
"""Runs of the large batch last for less than a minute on two cores."""

PATIENCE_SECONDS = 900.0
LOOK_SECONDS = 0.2
ENDING_SECONDS = 60.0


@contextmanager
def serving(home: Path) -> Iterator[None]:
    """The whole service on this home, until the block ends."""
    environment = {**os.environ, **settings_of(home)}
    log = home.with_name("service.log").open("w")
    command = [str(MEDIA), "up"]
    with log, subprocess.Popen(command, env=environment, stdout=log, stderr=log) as service:  # noqa: S603 - our own command
        try:
            yield
        finally:
            service.send_signal(signal.SIGINT)
            service.wait(ENDING_SECONDS)


def settings_of(home: Path) -> dict[str, str]:
    """The environment of the service and of the command."""
    return {
        "MEDIA_HOME": str(home),
        "MEDIA_PORT": str(free_port()),
        "MEDIA_BATCH_SIZE": str(BATCH_SIZE),
        **{f"MEDIA_{name}": value for name, value in WITHOUT_READING.items()},
    }


def wait_for_both_places(home: Path) -> int:
    """Return when the large batch takes every shared place; how many more runs of it wait.

    Raises TimeoutError.
    """
    settings = Settings(home=home)
    deadline = time.monotonic() + PATIENCE_SECONDS
    tags = {BATCH_TAG: LARGE, STAGE_TAG: RENDITIONS}
    with open_dagster(settings) as instance:
        while time.monotonic() < deadline:
            found = {status: count(instance, status, tags) for status in dg.DagsterRunStatus}
            if found[dg.DagsterRunStatus.STARTED] >= settings.max_concurrent_runs:
                return found[dg.DagsterRunStatus.QUEUED]
            time.sleep(LOOK_SECONDS)
    raise TimeoutError(f"the batch {LARGE} did not begin within {PATIENCE_SECONDS:g} s")


def count(instance: dg.DagsterInstance, status: dg.DagsterRunStatus, tags: dict[str, str]) -> int:
    """How many runs with these tags have this status."""
    return instance.get_runs_count(dg.RunsFilter(statuses=[status], tags=tags))


def drop_instant(folder: Path, home: Path) -> None:
    """Add the folder's pictures as an instant batch."""
    command = [str(MEDIA), "add", str(folder), "--batch", URGENT, "--priority", "instant"]
    environment = {**os.environ, **settings_of(home)}
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own command


def wait_for_thumbnails(home: Path, pictures: int) -> None:
    """Return when every picture of the instant batch has its thumbnails. Raises TimeoutError."""
    rows = RowStore(home / "rows")
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        originals = rows.scan("ingest/original").collect()
        ids = originals.filter(originals["batch"] == URGENT)["image_id"].to_list()
        if len(ids) == pictures and rows.current("image/thumbnails", ids).height == pictures:
            return
        time.sleep(LOOK_SECONDS)
    raise TimeoutError(f"no thumbnails of {URGENT} within {PATIENCE_SECONDS:g} s")


def main(pictures: int = PICTURES, instant: int = INSTANT) -> bool:
    """Print the seconds; return whether the bar is met."""
    with tempfile.TemporaryDirectory() as scratch:
        home = Path(scratch, "home")
        made = make_photographs(home / "landing" / LARGE, pictures + instant)
        urgent = Path(scratch, URGENT)
        urgent.mkdir()
        for path in made[pictures:]:
            path.rename(urgent / path.name)
        with serving(home):
            waiting = wait_for_both_places(home)
            began = time.monotonic()
            drop_instant(urgent, home)
            wait_for_thumbnails(home, instant)
            seconds = time.monotonic() - began
    print(f"{instant} instant JPEGs of 12 MP while {pictures:,} others are worked on, wall clock")
    note("runs of the others in the queue", waiting)
    return check("from the command to the last thumbnail", seconds, BAR_SECONDS, "s")


if __name__ == "__main__":
    sys.exit(0 if main(*map(int, sys.argv[1:])) else 1)

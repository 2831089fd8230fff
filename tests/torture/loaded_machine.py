"""The real service beside many busy processes: a drop of pictures is finished all the same.

``python -m tests.torture.loaded_machine --busy 60 --pictures 60`` keeps 60 processes busy, starts
the real service among them, drops 60 pictures and waits for the closing line of their batch. A
program that starts late is no failure: no run may have ended as one, and no picture be to blame.
"""

import argparse
import contextlib
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import dagster as dg

from resources.configuration.settings import Settings
from resources.orchestration.dagster_home import open_dagster
from resources.warehouse.read_only_query import QueryError, read_only_query
from tests.support.child_processes import started
from tests.support.main_job import pictures
from tests.support.running_service import RunningService, running_service

ROOT = Path(__file__).parents[2]
BUSY = "while True: pass"
BATCH = "drop"
COMPLETE = "select closing_line from batches where batch = 'drop' and status = 'complete'"
NOT_OK = "select image_id, outcome, reason from images where outcome <> 'ok'"
LOOK_SECONDS = 2.0


@contextlib.contextmanager
def busy_processes(count: int, core: int | None = None) -> Iterator[None]:
    """``count`` processes that never rest; with ``core``, they and the caller share that one."""
    before = os.sched_getaffinity(0)
    with contextlib.ExitStack() as all_ended:
        if core is not None:
            os.sched_setaffinity(0, {core})
            all_ended.callback(os.sched_setaffinity, 0, before)
        for _ in range(count):
            all_ended.enter_context(started([sys.executable, "-c", BUSY]))
        yield


def drop(settings: Settings, count: int) -> None:
    """Put so many pictures into the landing folder, as one batch."""
    folder = settings.media_home.landing / BATCH
    folder.mkdir(parents=True)
    for name, content in pictures(count).items():
        (folder / name).write_bytes(content)


def closing_line(service: RunningService, seconds: float) -> str:
    """What the batch says when it is complete; TimeoutError when it is not in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with contextlib.suppress(QueryError):  # not published yet
            for row in read_only_query(service.settings.media_home.warehouse, COMPLETE).rows():
                return str(row[0])
        time.sleep(LOOK_SECONDS)
    raise TimeoutError(f"the batch was not complete within {seconds:.0f} s")


def failed_runs(settings: Settings) -> list[str]:
    """The runs that ended as failures."""
    failed = dg.RunsFilter(statuses=[dg.DagsterRunStatus.FAILURE])
    with open_dagster(settings) as instance:
        return [run.run_id for run in instance.get_runs(failed)]


def finish_a_drop(home: Path, *, count: int, seconds: float) -> str:
    """The closing line of ``count`` pictures that a new service on ``home`` was given.

    Raises AssertionError where a picture or a run failed, and TimeoutError.
    """
    with running_service(home, ROOT / "definitions.py") as service:
        drop(service.settings, count)
        line = closing_line(service, seconds)
        assert failed_runs(service.settings) == []
        assert read_only_query(service.settings.media_home.warehouse, NOT_OK).rows() == []
    return line


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--busy", type=int, default=60)
    parser.add_argument("--pictures", type=int, default=60)
    parser.add_argument("--seconds", type=float, default=3600)
    arguments = parser.parse_args()
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, busy_processes(arguments.busy):
        line = finish_a_drop(Path(folder), count=arguments.pictures, seconds=arguments.seconds)
    sys.stdout.write(f"{line} After {time.monotonic() - begun:.0f} s.\n")


if __name__ == "__main__":
    main()

"""``media add --wait``: stays until every source of a batch is ready, here or by the service."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path

import dagster as dg

from command_line.queries.tables import Record, Tables
from command_line.service.foreground import run_until_idle
from command_line.service.service_lock import is_service_running
from command_line.terminal.console import CommandError, err
from command_line.terminal.work import LINE_SECONDS, work
from resources.configuration.settings import Settings
from resources.landing.ingest import IngestResult
from resources.orchestration.dagster_home import open_dagster
from resources.orchestration.run_locks import living_runs
from resources.sources.source_identity import display_path

POLL_SECONDS = 1.0

BATCH = "select * from batches where batch = ?"
LEFT_OUT = """
select path_display from left_out where batch = ? and state in ('too_large', 'unreadable')
"""
DONE = "select coalesce(sum(done), 0), coalesce(sum(expected), 0) from progress where batch = ?"


def wait_for_batch(
    settings: Settings, batch: str, dropped: list[Path], look: Future[IngestResult] | None
) -> Record:
    """Stay until the batch is done and return its row of ``batches``.

    ``look`` is the first look at the landing folders when the work is to be done here, None when a
    service does it. Raises CommandError when the batch never came to be, or the service stopped.
    """
    if look is None:
        with batch_progress(batch):
            wait_for_service(settings, Tables.open(), batch, dropped)
    else:
        for problem in work_here(settings, batch, look):
            err.print(f"media: {problem}", style="yellow", markup=False)
    found = Tables.open().records(BATCH, [batch])
    if not found:
        raise CommandError(f"no file of batch {batch} could be taken", hint="try: media doctor")
    return found[0]


def wait_for_service(settings: Settings, tables: Tables, batch: str, dropped: list[Path]) -> None:
    """Return when the service has done the batch. Raises CommandError when it stops before."""
    while True:
        is_up = is_service_running(settings.media_home)
        if is_done(tables, batch, dropped):
            return
        if not is_up:
            raise CommandError(
                f"the service stopped before batch {batch} was ready; nothing is lost",
                hint="go on with: media up",
            )
        time.sleep(POLL_SECONDS)


def work_here(settings: Settings, batch: str, look: Future[IngestResult]) -> list[str]:
    """Do the service's work in this process; return what a person should know.

    What another command works on, such as sources of this batch that it was the first to see, is
    waited for. If it is killed, this one goes on with its work.
    """
    with open_dagster(settings) as instance, batch_progress(batch):
        look.result()  # what it took waits in the ledger for the first tick
        result = run_until_idle(settings, instance)
        while wait_for_others(settings, instance, batch):
            result = run_until_idle(settings, instance)
    return [str(problem) for problem in result.problems]


def wait_for_others(settings: Settings, instance: dg.DagsterInstance, batch: str) -> bool:
    """Return when the batch is done, or no other process works; whether there was one to wait for.

    To ask whether it is done takes at most one part in 20 of a core.
    """
    has_waited = False
    while living_runs(instance, settings.media_home):
        asked = time.monotonic()
        if is_done(Tables.open(), batch, []):
            return False
        has_waited = True
        time.sleep(max(POLL_SECONDS, 20 * (time.monotonic() - asked)))
    return has_waited


def is_done(tables: Tables, batch: str, dropped: list[Path]) -> bool:
    """Whether each file is taken or left out for good, and every source has its outcomes."""
    still_there = [display_path(bytes(path)) for path in dropped if path.exists()]
    if still_there:
        left_out = tuple(f"/{path}" for (path,) in tables.rows(LEFT_OUT, [batch]))
        if not all(path.endswith(left_out) for path in still_there):
            return False
    found = tables.records(BATCH, [batch])
    return bool(found) and found[0]["status"] in ("complete", "cancelled")


@contextmanager
def batch_progress(batch: str) -> Iterator[None]:
    """How far the derivatives of a batch are, read from the tables while the block runs."""
    stop = threading.Event()
    with work.shown("getting ready"):
        thread = threading.Thread(target=follow, args=(batch, stop), daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()


def follow(batch: str, stop: threading.Event) -> None:
    """Say how far it is until asked to stop; asking takes at most one part in 20 of a core."""
    tables = Tables.open()
    pause = POLL_SECONDS if work.is_watched else LINE_SECONDS
    while not stop.wait(pause):
        asked = time.monotonic()
        done, expected = tables.rows(DONE, [batch])[0]
        work.reach(int(str(done)), int(str(expected)), "results")
        pause = max(pause, 20 * (time.monotonic() - asked))

"""``media add``: pictures into the landing folder as one batch and, with --wait, to the end."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from command_line.console import CommandError, err, out, show_json
from command_line.landing_copy import (
    batch_name,
    copy_in,
    is_list,
    landing_root,
    plan_copies,
    write_list,
)
from command_line.service import is_service_running
from command_line.tables import Record, Tables
from resources.settings import Settings

POLL_SECONDS = 1.0

BATCH = "select * from batches where batch = ?"
DONE = "select coalesce(sum(done), 0), coalesce(sum(expected), 0) from progress where batch = ?"


def add_paths(paths: list[Path], *, batch: str | None, wait: bool, as_json: bool) -> None:
    """Copy the files in and, with ``wait``, stay until each has its outcome.

    Raises CommandError for a path that is not there, and when an image failed on our side.
    """
    settings = Settings()
    settings.media_home.create()
    name = batch_name(paths, batch)
    dropped = drop(settings, paths, name)
    if not wait:
        tell_dropped(settings, name, len(dropped), as_json=as_json)
        return
    record = wait_for_batch(settings, name, dropped)
    if as_json:
        show_json(record)
    else:
        out.print(f"{record['batch']}: {record['closing_line'] or record['status']}", markup=False)
        tell_problems(record)
    if record["failed"]:
        raise CommandError(f"{record['failed']} image(s) failed", hint="see: media failures")


def drop(settings: Settings, paths: list[Path], batch: str) -> list[Path]:
    """Copy every file and list below the landing root; return where they lie now."""
    root = landing_root(settings).path
    lists = [path for path in paths if is_list(path) and path.is_file()]
    copies = plan_copies([path for path in paths if path not in lists])
    dropped = [write_list(path, root, batch) for path in lists]
    with copy_progress(len(copies)) as advance:
        for copy in copies:
            dropped.append(copy_in(copy, root / batch))
            advance()
    if not dropped:
        raise CommandError("there is no file to add", hint="hidden files and links are left out")
    return dropped


def tell_dropped(settings: Settings, batch: str, count: int, *, as_json: bool) -> None:
    """Say where the files are and what happens next."""
    is_up = is_service_running(settings.media_home)
    if as_json:
        show_json({"batch": batch, "files": count, "service": "running" if is_up else "stopped"})
        return
    out.print(f"{count} file(s) copied to {settings.roots[0].path} as batch {batch}.", markup=False)
    if is_up:
        out.print("The service takes them from here: media status")
    else:
        out.print("They are processed when the service starts (media up), or now: media add --wait")


def tell_problems(record: Record) -> None:
    """Point to the files that have no usable result."""
    if any(record[name] for name in ("rejected", "unsupported", "degraded")):
        out.print(
            "Reasons: media failures, or media sql \"select * from images where outcome != 'ok'\""
        )


def wait_for_batch(settings: Settings, batch: str, dropped: list[Path]) -> Record:
    """Process the batch, here or by the service, and return its row of ``batches``.

    Raises CommandError when the batch never came to be, naming what stands in its way.
    """
    tables = Tables.open()
    if is_service_running(settings.media_home):
        with batch_progress(tables, batch):
            while not is_done(tables, batch, dropped):
                time.sleep(POLL_SECONDS)
    else:
        problems = work_here(settings, tables, batch)
        for problem in problems:
            err.print(f"media: {problem}", style="yellow", markup=False)
    found = tables.records(BATCH, [batch])
    if not found:
        raise CommandError(f"no file of batch {batch} could be taken", hint="try: media doctor")
    return found[0]


def work_here(settings: Settings, tables: Tables, batch: str) -> list[str]:
    """Do the service's work in this process; return what a person should know."""
    from command_line.foreground import work_off
    from resources.dagster_home import open_dagster

    with open_dagster(settings) as instance, batch_progress(tables, batch):
        worked = work_off(settings, instance)
    return [str(problem) for problem in worked.last_look.problems]


def is_done(tables: Tables, batch: str, dropped: list[Path]) -> bool:
    """Whether the service has taken every file and every image has its outcomes."""
    if any(path.exists() for path in dropped):
        return False
    found = tables.records(BATCH, [batch])
    return bool(found) and found[0]["status"] in ("complete", "cancelled")


@contextmanager
def copy_progress(total: int) -> Iterator[Callable[[], None]]:
    """A bar, as the function that advances it by one file."""
    with bar("copying") as progress:
        task = progress.add_task("copying", total=total)
        yield lambda: progress.advance(task)


@contextmanager
def batch_progress(tables: Tables, batch: str) -> Iterator[None]:
    """A bar over the derivatives of a batch, read from the tables while the block runs."""
    stop = threading.Event()
    with bar("processing") as progress:
        task = progress.add_task("processing", total=None)

        def follow() -> None:
            pause = POLL_SECONDS
            while not stop.wait(pause):
                asked = time.monotonic()
                done, expected = tables.rows(DONE, [batch])[0]
                progress.update(task, completed=int(str(done)), total=int(str(expected)) or None)
                pause = max(POLL_SECONDS, 10 * (time.monotonic() - asked))

        thread = threading.Thread(target=follow, daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()


def bar(description: str) -> Progress:
    """A progress bar on standard error, absent when that is no terminal."""
    columns = (TextColumn(description), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=err, transient=True, disable=not err.is_terminal)

"""``media add``: files into the landing folder as one batch; with --wait until all is made."""

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from command_line.commands.landing_copy import (
    chosen_batch_name,
    copy_in,
    is_list,
    landing_folder,
    landing_root,
    plan_copies,
    write_list,
)
from command_line.service.service_lock import is_service_running
from command_line.terminal.console import CommandError, err, out, show_json
from command_line.terminal.work import work
from media_assets import DERIVATIVES
from resources.configuration.priority_names import Priority
from resources.configuration.settings import Settings
from resources.decoding.decoder_fork_server import start_fork_server
from resources.landing.batches import named_batch
from resources.landing.ingest import IngestResult, look_until_settled
from resources.landing.priorities import set_priority
from resources.landing.records import FileKind
from resources.landing.roots import located
from resources.rows.row_store import RowStore
from resources.sources.source_identity import display_path

LEFT_OUT_SHOWN = 10

Record = dict[str, object]
"""The row of ``batches``."""


def add_paths(
    paths: list[Path],
    *,
    batch: str | None,
    priority: Priority | None = None,
    wait: bool,
    as_json: bool,
) -> None:
    """Copy the files in and, with ``wait``, stay until each has its outcome.

    Raises CommandError for a path that is not there, and when a source failed on our side.
    """
    settings = Settings()
    settings.media_home.create()
    name = chosen_batch_name(paths, batch)
    if priority:  # before its first file can be taken
        say_priority(settings, [name], priority)
    dropped = drop(settings, paths, name)
    if priority and (others := batches_of(settings, dropped, name).keys() - {name}):
        say_priority(settings, sorted(others), priority)
    if not wait:
        tell_dropped(settings, name, len(dropped), as_json=as_json)
        return
    batches = batches_of(settings, dropped, name)
    records = [wait_until_ready(settings, one, places) for one, places in batches.items()]
    if as_json:
        show_json(records[0] if len(records) == 1 else records)
    else:
        tell_batches(records)
    if failed := sum(int(str(record["failed"])) for record in records):
        raise CommandError(f"{failed} source(s) failed", hint="see: media failures")


def say_priority(settings: Settings, batches: Iterable[str], priority: Priority) -> None:
    """Note how urgent the batches are."""
    rows = RowStore(settings.media_home.rows)
    for batch in batches:
        set_priority(rows, landing_root(settings).name, batch, priority)


def batches_of(settings: Settings, dropped: list[Path], batch: str) -> dict[str, list[Path]]:
    """The batches that the dropped files make, each with its files: nearly always one.

    There are more when the settings name batches after deeper folders.
    """
    root = located(landing_root(settings))
    found: dict[str, list[Path]] = {}
    for path in dropped:
        below = bytes(path.relative_to(root))
        name = batch if is_list(path) else named_batch(below, FileKind.FOLDER, settings.batch_names)
        found.setdefault(name, []).append(path)
    return found


def tell_batches(records: list[Record]) -> None:
    """The closing line of each batch."""
    for record in records:
        out.print(f"{record['batch']}: {record['closing_line'] or record['status']}", markup=False)
    tell_problems(records)


def tell_problems(records: list[Record]) -> None:
    """Point to the files that have no usable result."""
    if any(record[name] for record in records for name in WITHOUT_RESULT):
        out.print(
            "Reasons: media failures, or media sql \"select * from images where outcome != 'ok'\""
        )


def drop(settings: Settings, paths: list[Path], batch: str) -> list[Path]:
    """Copy every file and list below the landing root; return where they are now."""
    root = landing_root(settings)
    landing = landing_folder(root)
    lists = [path for path in paths if is_list(path) and path.is_file()]
    plan = plan_copies([path for path in paths if path not in lists], settings)
    tell_left_out(plan.left_out)
    dropped = [place for path in lists for place in write_list(path, settings, batch)]
    with copy_progress(len(plan.copies)) as advance:
        for copy in plan.copies:
            dropped.append(located(root) / os.fsdecode(copy_in(copy, landing, batch)))
            advance()
    if not dropped:
        raise CommandError("there is no file to add", hint="hidden files and links are left out")
    return dropped


def tell_left_out(left_out: list[tuple[Path, str]]) -> None:
    """Say which files are not copied: those that the watch would pass over, too."""
    for path, reason in left_out[:LEFT_OUT_SHOWN]:
        err.print(f"media: left out: {display_path(bytes(path))}: {reason}", markup=False)
    if len(left_out) > LEFT_OUT_SHOWN:
        err.print(f"media: and {len(left_out) - LEFT_OUT_SHOWN} more", markup=False)


def wait_until_ready(settings: Settings, batch: str, dropped: list[Path]) -> Record:
    """Stay until the batch is done and return its row of ``batches``.

    Without a service the work is done here: the files are read, and the decoder processes get
    ready, while the programs that work on them are still loading. Raises CommandError.
    """
    with ThreadPoolExecutor(1, thread_name_prefix="landing") as beside:
        is_up = is_service_running(settings.media_home)
        if not is_up:
            start_fork_server([DERIVATIVES])  # on another core
        look = None if is_up else beside.submit(first_look, settings)
        from command_line.service.waiting import wait_for_batch

        return wait_for_batch(settings, batch, dropped, look)


def first_look(settings: Settings) -> IngestResult:
    """Take what has settled."""
    from media_assets.media import medium_of  # which loads every derivative

    return look_until_settled(settings, medium_of=medium_of)


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


WITHOUT_RESULT = ("rejected", "unsupported", "degraded", "too_large", "unreadable")
"""Columns of ``batches`` that count files with reasons."""


@contextmanager
def copy_progress(total: int) -> Iterator[Callable[[], None]]:
    """Says how many files were copied; the function that tells it of one more."""
    copied = count(1)
    with work.shown(f"copying {total:,} file(s)"):
        yield lambda: work.reach(next(copied), total, "files")

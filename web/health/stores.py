"""What the home holds: whether it can be written to, its files, its tables, room and memory."""

import shutil
import tempfile
from pathlib import Path

import duckdb
import psutil

from resources.configuration.media_home import MediaHome
from resources.configuration.settings import Settings
from resources.stores.free_space import no_room, room_below
from resources.warehouse.database_file import reading
from web.health.part import Finding

LEAST_MEMORY_SHARE = 0.03
"""Of the machine's memory; with less the kernel soon ends a process."""

GIB = 1024**3


def home(settings: Settings) -> Finding:
    """Whether files can be made in MEDIA_HOME, by making one."""
    try:
        with tempfile.TemporaryFile(dir=settings.media_home.locks):
            return Finding(True, "files can be written")
    except OSError as error:
        advice = "look at the owner and the mount of MEDIA_HOME: media doctor"
        return Finding(False, f"no file can be written: {error.strerror}", advice=advice)


def folder(path: Path) -> Finding:
    """Whether a store of files can be read."""
    try:
        next(path.iterdir(), None)
    except OSError as error:
        said = f"the folder cannot be read: {error.strerror}"
        return Finding(False, said, advice="mount it, or restore it from a backup")
    return Finding(True, "the folder can be read")


def tables(home: MediaHome) -> Finding:
    """Whether media.duckdb opens and answers; before the first publication there is none."""
    if not home.warehouse.exists():
        has_rows = next(home.rows.glob("*/*/inbox/0*.parquet"), None) is not None
        if not has_rows:
            return Finding(None, "nothing is published yet")
        said = "media.duckdb is missing; the service makes it again after the next run"
        return Finding(False, said, advice="media rebuild")
    try:
        with reading(home.warehouse) as connection:
            connection.execute("from publication.models").fetchall()
    except duckdb.Error:
        return Finding(False, "media.duckdb is damaged", advice="media rebuild")
    published = {"published_at_s": home.warehouse.stat().st_mtime}
    return Finding(True, "media.duckdb can be read", published)


def disk(settings: Settings) -> Finding:
    """Whether there is more room than the reserve."""
    usage = shutil.disk_usage(settings.home)
    room = room_below(settings.home, settings.reserve_bytes)
    facts = {"free_bytes": usage.free, "total_bytes": usage.total, "room_bytes": room}
    if room <= 0:
        return Finding(False, no_room(settings), facts, "free some space, or lower reserve_bytes")
    return Finding(True, f"{usage.free / GIB:,.1f} GiB of {usage.total / GIB:,.0f} free", facts)


def memory() -> Finding:
    """Whether programs can still get memory."""
    found = psutil.virtual_memory()
    facts = {"available_bytes": found.available, "total_bytes": found.total}
    said = f"{found.available / GIB:,.1f} GiB of {found.total / GIB:,.1f} available"
    if found.available < found.total * LEAST_MEMORY_SHARE:
        return Finding(False, said, facts, "lower workers or max_concurrent_runs")
    return Finding(True, said, facts)

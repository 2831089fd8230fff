"""media.duckdb: every row and every SQL model in one file that any DuckDB tool opens.

DuckDB lets one process write a file or many read it, never both, so the file that users open is
never written: a copy is brought up to date beside it and takes its name when all is well. An open
reader keeps the old file. Killed at any point, the old file stays; what is left of the copy is
swept by the next publication. The file is a cache: deleting it costs a rebuild, nothing else.
"""

import logging
import shutil
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
from filelock import FileLock

from resources.configuration.media_home import MediaHome
from resources.rows.row_files import Declaration
from resources.rows.row_store import RowStore
from resources.warehouse.base_rows import (
    InconsistentWarehouse,
    apply_unseen,
    create_artifact_views,
    create_tables,
    declarations,
    schema_hashes,
)
from resources.warehouse.database_file import (
    ask_again_for_lost_files,
    partial_database,
    put_in_place,
    reading,
    sweep,
    writing,
)
from resources.warehouse.unpublished import find_unpublished

Came = Mapping[str, Collection[str]]
"""Table, as medium/asset -> the ids of the commits that were added to a published file."""

BuildTables = Callable[[duckdb.DuckDBPyConnection, Came | None], None]
"""Makes the SQL models on a connection whose default database holds the base layer, or brings those
that are there up to date with what came; None: nothing is there. An error prevents the
publication."""

Applied = dict[str, dict[str, int]]
"""Table -> its new commits, each with its number of rows."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Publication:
    """What one publication did."""

    path: Path
    new_batches: int
    new_rows: int
    is_full_rebuild: bool
    seconds: float


def publish(home: MediaHome, store: RowStore, build_tables: BuildTables) -> Publication:
    """Bring media.duckdb up to date with ``store``, the models too, and put it in place.

    Only batches it has not seen are read; when a table's schema changed or the file cannot be
    used, everything is. One publisher at a time: a second one waits. After any error (a model's
    duckdb.Error, a failed check) the published file stays as it was.
    """
    started = time.monotonic()
    with FileLock(home.locks / "publisher.lock"):
        sweep(home.warehouse)
        try:
            partial = partial_database(home.warehouse)
            updated = _updated(home, store, partial, build_tables)
            applied = _rebuilt(store, partial, build_tables) if updated is None else updated
            put_in_place(partial, home.warehouse)
        finally:
            sweep(home.warehouse)
    seconds = time.monotonic() - started
    rows = [count for commits in applied.values() for count in commits.values()]
    return Publication(home.warehouse, len(rows), sum(rows), updated is None, seconds)


def unpublished_tables(home: MediaHome, store: RowStore) -> frozenset[str] | None:
    """The tables of which media.duckdb lacks rows, as medium/asset. Reads no row.

    None when it must be made again: it is absent or cannot be read, or has other tables.
    """
    known = declarations(store)
    if not home.warehouse.exists():
        return None
    try:
        return _unpublished_tables(home, known)
    except duckdb.Error as error:
        _log.warning("%s cannot be read: %s", home.warehouse, error)
        return None


@ask_again_for_lost_files
def _unpublished_tables(home: MediaHome, known: Sequence[Declaration]) -> frozenset[str] | None:
    """The same of a file that is there. Raises duckdb.Error."""
    with reading(home.warehouse) as connection:
        if schema_hashes(connection) != {one.table: one.schema_hash for one in known}:
            return None
        return frozenset(one.table for one in find_unpublished(connection, home.rows))


def _updated(
    home: MediaHome, store: RowStore, partial: Path, build_tables: BuildTables
) -> Applied | None:
    """The batches added to a copy whose models are up to date; None when it must be made again.

    That a file is damaged may show only where a model reads it.
    """
    applied = _update_copy(home, store, partial)
    if applied is None:
        return None
    try:
        _build(store, partial, build_tables, applied)
    except duckdb.Error as error:
        _log.warning("%s cannot be updated (%s): it is made again", home.warehouse, error)
        sweep(home.warehouse)
        return None
    return applied


def _rebuilt(store: RowStore, partial: Path, build_tables: BuildTables) -> Applied:
    """All batches, in a new file with all models. Raises duckdb.Error."""
    applied = _rebuild(store, partial)
    _build(store, partial, build_tables, None)
    return applied


def _build(store: RowStore, partial: Path, build_tables: BuildTables, came: Applied | None) -> None:
    with writing(partial) as connection:
        create_artifact_views(connection, declarations(store))
        build_tables(connection, came)


def _update_copy(home: MediaHome, store: RowStore, partial: Path) -> Applied | None:
    """The batches added to a copy of the published file, or None when it cannot be used."""
    known = declarations(store)
    if not home.warehouse.exists():
        _log.info("%s is made for the first time", home.warehouse)
        return None
    try:
        applied = _copy_and_apply(home, store, partial, known)
        if applied is not None:
            return applied
        _log.info("A table was added or changed: %s is made again", home.warehouse)
    except (duckdb.Error, InconsistentWarehouse) as error:
        _log.warning("%s cannot be used (%s): it is made again", home.warehouse, error)
    sweep(home.warehouse)
    return None


@ask_again_for_lost_files
def _copy_and_apply(
    home: MediaHome, store: RowStore, partial: Path, known: Sequence[Declaration]
) -> Applied | None:
    """The batches added to a fresh copy; None when its tables are others."""
    sweep(home.warehouse)
    shutil.copyfile(home.warehouse, partial)
    with writing(partial) as connection:
        if schema_hashes(connection) != {one.table: one.schema_hash for one in known}:
            return None
        return apply_unseen(connection, store, known)


def _rebuild(store: RowStore, partial: Path) -> Applied:
    known = declarations(store)
    with writing(partial) as connection:
        create_tables(connection, store, known)
        return apply_unseen(connection, store, known)

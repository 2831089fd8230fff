"""The SQLite file behind the ledger: its tables, and opening it in any state.

It is a cache: a file of another layout, or one that is no database, is deleted and made again.
"""

import logging
import sqlite3
from pathlib import Path

LAYOUT = 4
"""Written into the file as ``user_version``."""

CACHE_KIB = 65_536
"""Pages kept in memory, at most: the tables of some hundred thousand files. SQLite's own 2 MiB have
it read the same pages again for nearly every file of a look."""

TABLES = """
create table pending (
    root text, path blob, size_bytes integer, mtime_ns integer, ctime_ns integer, inode integer,
    since_s real, first_s real, batch text, kind text, listed_in blob, primary key (root, path)
) without rowid;
create table seen (
    root text, path blob, size_bytes integer, mtime_ns integer, ctime_ns integer, inode integer,
    image_id text, batch text, folded blob, primary key (root, path)
) without rowid;
create index seen_signature on seen (inode, ctime_ns);
create index seen_image on seen (image_id, mtime_ns);
create index seen_folded on seen (root, folded);
create table image (
    sha256 text primary key, image_id text unique, mode text, path blob, size_bytes integer,
    medium text, is_sighted integer
) without rowid;
create table waiting (
    position integer primary key autoincrement,
    chunk_id text, root text, batch text, medium text, image_id text, landed_at text
);
create index waiting_chunk on waiting (chunk_id);
create table unlinked (root text, path blob, primary key (root, path)) without rowid;
create table batch_event (
    root text, batch text, event text, detail text, primary key (root, batch, event, detail)
) without rowid;
create table problem (
    root text, path blob, reason text, attempts integer, retry_at_s real, primary key (root, path)
) without rowid;
create table noted (
    root text, path blob, reason text, state text, batch text, files integer, names text,
    size_bytes integer, primary key (root, path, reason)
) without rowid;
create table mirrored (
    table_name text primary key, newest_file text, newest_seq text
) without rowid;
"""

logger = logging.getLogger(__name__)


def open_database(path: Path) -> sqlite3.Connection:
    """A connection in autocommit mode to a database with TABLES, made now if it is absent."""
    try:
        return _connected(path)
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError):
            raise  # locked, read-only or full: the file itself may be sound
        discard_database(path, error)
        return _connected(path)


def discard_database(path: Path, reason: Exception | str) -> None:
    """Delete the database with its journal; the next opening starts an empty one."""
    logger.warning("%s is made again from the rows: %s", path, reason)
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def _connected(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, timeout=30)
    try:
        connection.execute("pragma journal_mode = wal")
        connection.execute("pragma synchronous = full")
        connection.execute(f"pragma cache_size = -{CACHE_KIB}")
        (layout,) = connection.execute("pragma user_version").fetchone()
        _lay_out(connection, layout)
    except BaseException:
        connection.close()
        raise
    return connection


def _lay_out(connection: sqlite3.Connection, layout: int) -> None:
    """Make the tables in an empty database. Raises DatabaseError when it has others."""
    if layout == 0:
        script = f"begin exclusive; {TABLES} pragma user_version = {LAYOUT}; commit;"
        connection.executescript(script)
    elif layout != LAYOUT:
        raise sqlite3.DatabaseError(f"its layout is {layout}, not {LAYOUT}")

"""live.duckdb: the tables of media.duckdb as views over the row files, current at every query.

The file holds no rows, so it is written only when a table, a model or the folder changes; row
writers never touch it. A view names its files by a pattern, so that a connection that stays open
for days sees every new row. Compaction deletes folded files, hourly and long after their rows were
written again: a query that lists one in that very moment and finds it gone is asked again here; in
another tool it fails ("No such file") and works the next time.

It answers the same queries as media.duckdb, more slowly: each one reads Parquet files.
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
from filelock import FileLock

from resources.configuration.media_home import MediaHome
from resources.rows.row_store import RowStore
from resources.warehouse.base_rows import create_artifact_views, declarations
from resources.warehouse.base_tables import live_views, schemas_of
from resources.warehouse.database_file import (
    ask_again_for_lost_files,
    partial_database,
    put_in_place,
    reading,
    sweep,
    writing,
)
from resources.warehouse.sql_text import quoted

BuildViews = Callable[[duckdb.DuckDBPyConnection], None]
"""Makes the SQL models as views on a connection whose default database holds the base layer."""

LAYOUT = "2"
"""To be raised when the base layer's own SQL changes."""

SIGNATURE = "select signature from publication.live"


def publish_live_views(
    home: MediaHome, store: RowStore, build_views: BuildViews, models_version: str
) -> bool:
    """Write live.duckdb unless it is as it should be; return whether it was written.

    ``build_views`` makes the SQL models as views, ``models_version`` changes when they do.
    """
    signature = _signature(home, store, models_version)
    with FileLock(home.locks / "live.lock"):
        if _written_signature(home) == signature:
            return False
        try:
            put_in_place(_written(home, store, build_views, signature), home.live)
        finally:
            sweep(home.live)
    return True


@ask_again_for_lost_files
def _written(home: MediaHome, store: RowStore, build_views: BuildViews, signature: str) -> Path:
    """The finished file beside live.duckdb. To make a view DuckDB looks into the row files."""
    sweep(home.live)
    partial = partial_database(home.live)
    with writing(partial) as connection:
        _create_views(connection, store)
        build_views(connection)
        connection.execute("create schema publication")
        connection.execute(
            "create table publication.live as select ?::varchar as signature", [signature]
        )
    return partial


@contextmanager
def open_live(
    home: MediaHome, store: RowStore, build_views: BuildViews, models_version: str
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection on the live views, which are written first if they are not current."""
    publish_live_views(home, store, build_views, models_version)
    with reading(home.live) as connection:
        yield connection


def _create_views(connection: duckdb.DuckDBPyConnection, store: RowStore) -> None:
    known = declarations(store)
    for declared in known:
        for schema in schemas_of(declared):
            connection.execute(f"create schema if not exists {quoted(schema)}")
        for name, sql in live_views(declared, store.root / declared.table).items():
            connection.execute(f"create view {name} as {sql}")
    create_artifact_views(connection, known)


def _signature(home: MediaHome, store: RowStore, models_version: str) -> str:
    tables = [(one.table, one.schema_hash) for one in declarations(store)]
    content = json.dumps([LAYOUT, str(home.rows), models_version, tables])
    return hashlib.sha256(content.encode()).hexdigest()


def _written_signature(home: MediaHome) -> str | None:
    if not home.live.exists():
        return None
    try:
        with reading(home.live) as connection:
            return str(connection.execute(SIGNATURE).fetchall()[0][0])
    except duckdb.Error:  # damaged, or of another version: it is written again
        return None

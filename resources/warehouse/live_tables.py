"""The tables as they are now: those of media.duckdb, and what came since.

Where nothing came since, a connection is on media.duckdb itself. Otherwise the unpublished rows
are read into memory and the base layer is made of views that add them: database ``published`` is
the file, ``fresh`` holds the rows that came since, ``media`` the views that queries see; ``narrow``
is for the SQL models that are made on top. What a query costs follows the rows that came since,
where a view over all row files (``live_views``) reads every file.
"""

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import duckdb

from resources.configuration.media_home import MediaHome
from resources.rows.row_paths import DECLARED
from resources.warehouse.database_file import SESSION, ask_again_for_lost_files, has_lost_a_file
from resources.warehouse.sql_text import exact, literal, quoted
from resources.warehouse.unpublished import (
    UnpublishedRows,
    find_unpublished,
    has_todays_tables,
)

VERSION = "select version from publication.models"
COLUMNS = """
select schema_name || '/' || table_name, list(column_name order by column_index)
from duckdb_columns()
where database_name = ? and not internal and schema_name not in ('main', 'publication')
group by all
order by all
"""
UNIONS = """
select view_name, sql
from duckdb_views()
where database_name = 'published' and schema_name = 'main' and view_name in (select unnest(?))
"""
ARTIFACT_VIEWS = ("artifact_rows", "artifact_row_history", "parent_row_history")
"""The unions of all derivatives' tables, in the base layer of media.duckdb."""

DERIVATIVE_COLUMNS = {"outcome", "fingerprint"}
"""What only tables of derivatives have; see ``row_envelope``."""

READ = (
    "insert into {table} by name "
    "select * from read_parquet([{files}], union_by_name = true) where {condition}"
)
NEWEST = """
create view {fresh} as
select * from (
    select known.* from {published} as known semi join {history} as came on {same_key}
    union all
    select * from {history}
)
qualify row_number() over (partition by {key} order by _seq desc, _row desc) = 1
"""
WITH_FRESH = """
create view {table} as
select known.* from published.{table} as known anti join fresh.{history} as came on {same_key}
union all
select * from fresh.{table}
"""


@dataclass(frozen=True)
class LiveTable:
    """One table of the base layer, named as in SQL.

    That is ``<medium>.<asset>`` for current rows, ``<medium>_history.<asset>`` for all.

    ``source_column`` names the source that a row is about, if there is one; ``is_derivative`` says
    whether its rows are in the unions of all derivatives, ``has_fresh`` whether rows of it came
    since the publication.
    """

    name: str
    source_column: str | None
    is_derivative: bool
    has_fresh: bool

    @classmethod
    def of(cls, table: str, columns: Sequence[str], *, has_fresh: bool) -> Self:
        """The table of the row store, written medium/asset, that has these columns."""
        is_derivative = set(columns) >= DERIVATIVE_COLUMNS
        return cls(table.replace("/", "."), source_column(columns), is_derivative, has_fresh)


_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class OpenTables:
    """A connection whose default database is ``media``.

    ``tables`` are those of its base layer where rows came since the publication, and the models
    are still to be made (``LiveModels``). Without such rows there are none: all is published.
    """

    connection: duckdb.DuckDBPyConnection
    tables: Sequence[LiveTable] = ()


def open_live_tables(home: MediaHome, models_version: str) -> OpenTables | None:
    """The tables as they are now. The caller closes the connection.

    None when media.duckdb is no base for them: it is not there or cannot be read, or has other
    tables or models than those of today; or when files vanish faster than they can be read.
    """
    try:
        return opened_tables(home, models_version)
    except duckdb.IOException as error:
        if not has_lost_a_file(error):
            raise
        _log.info("the live tables lose files again and again: %s", error)
        return None


@ask_again_for_lost_files
def opened_tables(home: MediaHome, models_version: str) -> OpenTables | None:
    """One attempt of ``open_live_tables``. Raises duckdb.Error."""
    connection = duckdb.connect()
    connection.execute(SESSION)
    if not home.warehouse.exists() or not is_base(connection, home, models_version):
        return None
    unpublished = find_unpublished(connection, home.rows)
    if unpublished:  # of the very file that is open: it may have been replaced meanwhile
        return OpenTables(connection, add_base_layer(connection, home.rows, unpublished))
    connection.execute("use memory; detach published")
    attach(connection, home.warehouse, "media")
    return OpenTables(connection)


def is_base(connection: duckdb.DuckDBPyConnection, home: MediaHome, models_version: str) -> bool:
    """Open media.duckdb as ``published``; whether it has today's tables and models."""
    try:
        attach(connection, home.warehouse, "published")
        return connection.execute(VERSION).fetchall() == [(models_version,)] and has_todays_tables(
            connection, home.rows
        )
    except (duckdb.CatalogException, duckdb.IOException, duckdb.SerializationException) as error:
        _log.info("%s is no base for the live tables: %s", home.warehouse, error)
        return False


def attach(connection: duckdb.DuckDBPyConnection, warehouse: Path, name: str) -> None:
    """Open the file read-only as the default database, under this name."""
    connection.execute(f"attach {literal(str(warehouse))} as {name} (read_only); use {name}")


def add_base_layer(
    connection: duckdb.DuckDBPyConnection, rows: Path, unpublished: Sequence[UnpublishedRows]
) -> list[LiveTable]:
    """Make ``fresh`` and ``media``; return the tables of the latter. ``narrow`` stays empty."""
    for database in ("fresh", "narrow", "media"):
        connection.execute(f"attach ':memory:' as {database}")
    columns = base_columns(connection, "published")
    for schema in sorted({table.split("/")[0] for table in columns}):
        for database in ("fresh", "media"):
            connection.execute(f"create schema {database}.{quoted(schema)}")
    changed: dict[str, tuple[str, ...]] = {}
    for one in unpublished:
        changed |= read_fresh(connection, rows, one)
    connection.execute("use media")
    tables = []
    for table, names in columns.items():
        add_view(connection, table, changed.get(table))
        tables.append(LiveTable.of(table, names, has_fresh=table in changed))
    for _, sql in connection.execute(UNIONS, [list(ARTIFACT_VIEWS)]).fetchall():
        connection.execute(sql)
    return tables


def base_columns(connection: duckdb.DuckDBPyConnection, database: str) -> dict[str, list[str]]:
    """Table of the base layer, as medium/asset or medium_history/asset -> its columns."""
    return dict(connection.execute(COLUMNS, [database]).fetchall())


def read_fresh(
    connection: duckdb.DuckDBPyConnection, rows: Path, unpublished: UnpublishedRows
) -> dict[str, tuple[str, ...]]:
    """Read what came since into ``fresh``; return the tables made, each with its key.

    A table with history, or a log, has the key ``()``: rows are only added to it.
    """
    history = history_of(unpublished.table) if unpublished.key else unpublished.table
    target = f"fresh.{in_sql(history)}"
    connection.execute(f"create table {target} as from published.{in_sql(history)} limit 0")
    declared = exact(rows / unpublished.table / "inbox" / DECLARED)
    if unpublished.commits:
        files = ", ".join([declared, *map(exact, unpublished.commits)])
        connection.execute(READ.format(table=target, files=files, condition="true"))
    if unpublished.folded:
        files = ", ".join([declared, *map(exact, unpublished.bases)])
        wanted = "_seq in (select unnest(?::varchar[]))"
        asked = READ.format(table=target, files=files, condition=wanted)
        connection.execute(asked, [list(unpublished.folded)])
    if not unpublished.key:
        return {history: ()}
    current = in_sql(unpublished.table)
    connection.execute(
        NEWEST.format(
            fresh=f"fresh.{current}",
            published=f"published.{current}",
            history=target,
            same_key=same_key(unpublished.key),
            key=", ".join(map(quoted, unpublished.key)),
        )
    )
    return {history: (), unpublished.table: unpublished.key}


def add_view(
    connection: duckdb.DuckDBPyConnection, table: str, key: tuple[str, ...] | None
) -> None:
    """One table of the base layer as ``media`` shows it; ``key`` is None where nothing came."""
    name = in_sql(table)
    if key is None:
        sql = f"create view {name} as from published.{name}"
    elif not key:
        sql = f"create view {name} as from published.{name} union all from fresh.{name}"
    else:
        history = in_sql(history_of(table))
        sql = WITH_FRESH.format(table=name, history=history, same_key=same_key(key))
    connection.execute(sql)


def history_of(table: str) -> str:
    """The table with all rows that one with a key ever had; named with "/" or with "." (SQL)."""
    return re.sub(r"(?=[/.])", "_history", table, count=1)


def same_key(key: Sequence[str]) -> str:
    """The condition that rows ``known`` and ``came`` have the same key."""
    return " and ".join(f"known.{quoted(k)} is not distinct from came.{quoted(k)}" for k in key)


def source_column(columns: Sequence[str]) -> str | None:
    """The column that names the source; None where rows are about something else."""
    return next((name for name in columns[:1] if name.endswith("_id")), None)


def in_sql(table: str) -> str:
    """A table of the row store as SQL writes it."""
    return ".".join(map(quoted, table.split("/")))

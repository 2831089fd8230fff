"""Queries of the program itself, in its own process: their text is ours, only values come in.

A text that a person wrote has limits and a process of its own: ``read_only_query``,
``bounded_queries``. The connection is locked down all the same.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb

from resources.warehouse.column_kinds import kind_of
from resources.warehouse.column_names import unique_names
from resources.warehouse.database_file import ask_again_for_lost_files, reading
from resources.warehouse.lock_down import lock_down
from resources.warehouse.query_error import QueryError
from resources.warehouse.query_errors import first_part, in_clear_words, near_names
from resources.warehouse.query_result import QueryResult


def own_rows(
    database: Path, sql: str, *, values: Sequence[object] = (), readable: Path | None = None
) -> QueryResult:
    """The whole result of ``sql`` on media.duckdb or, with ``readable``, on live.duckdb.

    ``readable`` is the folder that the live views read (``rows``). ``values`` fill each ``?``.
    Times are in UTC; a second column of the same name gets ``_2`` after it. Raises QueryError.
    """
    if not database.exists():
        raise QueryError(f"{database} does not exist yet: it is made when tables are published")
    with in_clear_words(database.name):
        return opened_and_asked(database, sql, values, readable)


@ask_again_for_lost_files
def opened_and_asked(
    database: Path, sql: str, values: Sequence[object], readable: Path | None
) -> QueryResult:
    """The result of one attempt. Raises QueryError, duckdb.Error."""
    with reading(database) as connection:
        lock_down(connection, readable)
        return ask(connection, sql, values)


def ask(
    connection: duckdb.DuckDBPyConnection, sql: str, values: Sequence[object] = ()
) -> QueryResult:
    """The result on a connection that is locked down. Raises QueryError, duckdb.Error."""
    try:
        with ctrl_c_noticed():
            return result_of(connection.execute(sql, list(values) or None))
    except duckdb.CatalogException as error:
        raise QueryError(f"{first_part(error)}\n{near_names(connection, str(error))}") from error


def result_of(result: duckdb.DuckDBPyConnection) -> QueryResult:
    """A result, fetched whole; a second column of the same name gets ``_2`` after it."""
    described = result.description or []
    names = unique_names([column[0] for column in described])
    return QueryResult(names, [kind_of(column[1]) for column in described], result.fetchall())


@contextmanager
def ctrl_c_noticed() -> Iterator[None]:
    """Let Ctrl-C end a query as it ends all else."""
    try:
        yield
    except RuntimeError as error:
        # DuckDB's word for the signal that it noticed while it computed.
        if str(error) == "Query interrupted":
            raise KeyboardInterrupt from error
        raise

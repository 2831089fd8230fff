"""A user's SQL on our tables: one SELECT, without the right to change or reach anything else.

Four protections, each tested: DuckDB's own parser must see one SELECT with nothing but SELECTs in
it (since 2.0 a WITH clause may hold INSERT or COPY, and the statement still calls itself a SELECT);
the database is attached read-only; file and network access is off (for live views: reading below
one folder is allowed); the configuration is locked. What a query may cost is bounded, too: time,
memory (half of the machine's, none on the disk) and rows; Ctrl-C stops it at once.
"""

import difflib
import json
import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from resources.warehouse.database_file import ask_again_for_lost_files, reading
from resources.warehouse.query_result import QueryResult
from resources.warehouse.sql_text import literal

if TYPE_CHECKING:
    import polars as pl

READING_NODES = frozenset({"SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE"})
"""Query nodes of DuckDB's syntax tree that only read; INSERT_QUERY_NODE and the like do not."""

TABLE_FUNCTIONS = frozenset(
    {
        *("range", "generate_series", "unnest", "repeat", "repeat_row", "json_each", "json_tree"),
        *("histogram", "histogram_values", "summary", "pragma_table_info", "pragma_version"),
        *("duckdb_tables", "duckdb_views", "duckdb_columns", "duckdb_functions", "duckdb_types"),
        *("duckdb_settings", "duckdb_keywords", "duckdb_schemas", "duckdb_memory"),
        *("icu_calendar_names", "pg_timezone_names"),
    }
)
"""Functions that may stand in FROM. Others read files, write logs and profiles, run a text as SQL
without these protections, or follow an address in memory (``pandas_scan``)."""

NEAR_NAMES = 5

LONGEST_SECONDS = 600.0
MOST_ROWS = 10_000_000
ROWS_AT_A_TIME = 10_000
MEMORY_BYTES = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2
"""Of DuckDB while it computes; the rows that come out are counted by MOST_ROWS."""

TABLE_NAMES = """
select if(schema_name = 'main', table_name, schema_name || '.' || table_name) as name
from (
    select schema_name, table_name from duckdb_tables() where database_name = 'media'
    union all
    select schema_name, view_name from duckdb_views() where database_name = 'media'
)
where schema_name not in ('publication', 'information_schema', 'pg_catalog')
order by schema_name != 'main', name
"""


class QueryError(ValueError):
    """The user's SQL cannot be run; the message says why and what to do."""


def read_only_query(
    database: Path, sql: str, *, values: Sequence[object] = (), readable: Path | None = None
) -> "pl.DataFrame":
    """The result of ``read_only_rows`` as a frame."""
    from resources.warehouse.result_frames import frame_of  # polars: what only prints needs none

    return frame_of(read_only_rows(database, sql, values=values, readable=readable))


def read_only_rows(
    database: Path, sql: str, *, values: Sequence[object] = (), readable: Path | None = None
) -> QueryResult:
    """The whole result of ``sql`` on media.duckdb or, with ``readable``, on live.duckdb.

    ``readable`` is the folder that the live views read (``rows``). ``values`` fill each ``?``.
    Times are in UTC; a second column of the same name gets ``_2`` after it. Raises QueryError.
    """
    if not database.exists():
        raise QueryError(f"{database} does not exist yet: it is made when tables are published")
    with in_clear_words(database):
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
        check_only_reads(connection, sql)
        with time_limit(connection):
            return result_of(connection.execute(sql, list(values) or None))
    except duckdb.CatalogException as error:
        raise QueryError(f"{first_part(error)}\n{near_names(connection, str(error))}") from error


@contextmanager
def in_clear_words(database: Path) -> Iterator[None]:
    """Turn DuckDB's errors into QueryErrors that name the file and say what to do."""
    try:
        yield
    except duckdb.PermissionException as error:
        raise QueryError(
            f"{first_part(error)}\nQueries read only the tables in {database.name}."
        ) from error
    except duckdb.InterruptException as error:
        raise QueryError(
            f"stopped after {LONGEST_SECONDS:,.0f} s: ask for less, or put a condition on a column"
        ) from error
    except (duckdb.IOException, duckdb.SerializationException) as error:
        raise QueryError(
            f"{database} cannot be read; the service makes it again, or: media rebuild\n{error}"
        ) from error
    except duckdb.Error as error:
        raise QueryError(str(error)) from error


@contextmanager
def time_limit(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Interrupt the query after LONGEST_SECONDS, and let Ctrl-C end it as it ends all else."""
    alarm = threading.Timer(LONGEST_SECONDS, connection.interrupt)
    alarm.daemon = True
    alarm.start()
    try:
        yield
    except RuntimeError as error:
        # DuckDB's word for the signal that it noticed while it computed.
        if str(error) == "Query interrupted":
            raise KeyboardInterrupt from error
        raise
    finally:
        alarm.cancel()


def lock_down(connection: duckdb.DuckDBPyConnection, readable: Path | None) -> None:
    """Take away files, network, extensions and settings, for good."""
    if readable is not None:
        connection.execute(f"set allowed_directories = [{literal(f'{readable}/')}]")
    connection.execute(f"set memory_limit = '{MEMORY_BYTES} bytes'")
    connection.execute("set temp_directory = ''")
    connection.execute("set python_enable_replacements = false")
    connection.execute("set enable_external_access = false")
    connection.execute("set lock_configuration = true")


def check_only_reads(connection: duckdb.DuckDBPyConnection, sql: str) -> None:
    """Raise QueryError unless ``sql`` is one statement that only reads."""
    statements = connection.extract_statements(sql)
    if len(statements) != 1:
        raise QueryError(f"one SELECT is expected, found {len(statements)} statements")
    if statements[0].type != duckdb.StatementType.SELECT:
        name = str(statements[0].type).rpartition(".")[2]
        raise QueryError(f"only SELECT is allowed here (also FROM, WITH, DESCRIBE), not {name}")
    (text,) = connection.execute("select json_serialize_sql(?::varchar)", [sql]).fetchall()[0]
    tree = json.loads(text)
    if tree["error"]:
        raise QueryError(f"only SELECT is allowed here: {tree.get('error_message', 'unreadable')}")
    forbidden = {kind for kind in query_nodes(tree) if kind not in READING_NODES}
    if forbidden:
        names = ", ".join(sorted(kind.partition("_")[0] for kind in forbidden))
        raise QueryError(f"only SELECT is allowed here, also within WITH, not {names}")
    if functions := table_functions(tree) - TABLE_FUNCTIONS:
        raise QueryError(f"queries read only the tables: {', '.join(sorted(functions))} is not one")


def query_nodes(tree: object) -> Iterator[str]:
    """The types of all query nodes in a syntax tree made by json_serialize_sql."""
    for node in nodes(tree):
        kind = node.get("type")
        if isinstance(kind, str) and kind.endswith("_NODE"):
            yield kind


def table_functions(tree: object) -> set[str]:
    """The names of the functions that stand in FROM."""
    calls = [node["function"] for node in nodes(tree) if node.get("type") == "TABLE_FUNCTION"]
    return {str(call["function_name"]).lower() for call in calls}


def nodes(tree: object) -> Iterator[dict[str, Any]]:
    """Every object of a syntax tree."""
    stack = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, dict):
            yield node
            stack.extend(node.values())
        elif isinstance(node, list):
            stack.extend(node)


def near_names(connection: duckdb.DuckDBPyConnection, message: str) -> str:
    """Names of tables like the one that ``message`` misses, or all."""
    names = [name for (name,) in connection.execute(TABLE_NAMES).fetchall()]
    wanted = message.partition("with name ")[2].partition(" ")[0].strip('"')
    near = difflib.get_close_matches(wanted, names, n=NEAR_NAMES, cutoff=0.5)
    return f"Near names: {', '.join(near)}" if near else f"Tables: {', '.join(names)}"


def first_part(error: duckdb.Error) -> str:
    """DuckDB's message without the excerpt of the statement."""
    return str(error).partition("\n")[0]


def result_of(result: duckdb.DuckDBPyConnection) -> QueryResult:
    """The result, fetched whole. Raises QueryError when it has too many rows."""
    described = result.description or []
    names = unique_names([column[0] for column in described])
    return QueryResult(names, [column[1] for column in described], fetched(result))


def fetched(result: duckdb.DuckDBPyConnection) -> list[tuple[Any, ...]]:
    """All rows. Raises QueryError when they are more than MOST_ROWS."""
    rows: list[tuple[Any, ...]] = []
    while some := result.fetchmany(ROWS_AT_A_TIME):
        rows += some
        if len(rows) > MOST_ROWS:
            raise QueryError(f"more than {MOST_ROWS:,} rows: add a condition or a limit")
    return rows


def unique_names(names: Sequence[str]) -> list[str]:
    """``names`` with ``_2``, ``_3``, ... after those that were there before."""
    unique: list[str] = []
    for name in names:
        candidate, count = name, 1
        while candidate in unique:
            count += 1
            candidate = f"{name}_{count}"
        unique.append(candidate)
    return unique

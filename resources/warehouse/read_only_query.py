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
from typing import Any

import duckdb
import polars as pl
from duckdb.sqltypes import DuckDBPyType

from resources.warehouse.base_tables import literal
from resources.warehouse.publication import ask_again_for_lost_files, reading

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

SCALARS: dict[str, pl.DataType] = {
    "boolean": pl.Boolean(),
    "tinyint": pl.Int8(),
    "smallint": pl.Int16(),
    "integer": pl.Int32(),
    "bigint": pl.Int64(),
    "hugeint": pl.Int128(),
    "utinyint": pl.UInt8(),
    "usmallint": pl.UInt16(),
    "uinteger": pl.UInt32(),
    "ubigint": pl.UInt64(),
    "float": pl.Float32(),
    "double": pl.Float64(),
    "varchar": pl.String(),
    "blob": pl.Binary(),
    "date": pl.Date(),
    "time": pl.Time(),
    "timestamp": pl.Datetime("us"),
    "timestamp with time zone": pl.Datetime("us", "UTC"),
    "interval": pl.Duration("us"),
}

NESTED = frozenset({"list", "array", "struct", "decimal"})
"""DuckDB types with parts."""

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
) -> pl.DataFrame:
    """The whole result of ``sql`` on media.duckdb or, with ``readable``, on live.duckdb.

    ``readable`` is the folder that the live views read (``rows``). ``values`` fill each ``?``.
    Times are in UTC; a second column of the same name gets ``_2`` after it. Raises QueryError.
    """
    if not database.exists():
        raise QueryError(f"{database} does not exist yet: it is made when tables are published")
    try:
        return answer_of(database, sql, values, readable)
    except duckdb.CatalogException as error:
        raise QueryError(f"{first_part(error)}\n{near_names(database, str(error))}") from error
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


@ask_again_for_lost_files
def answer_of(
    database: Path, sql: str, values: Sequence[object], readable: Path | None
) -> pl.DataFrame:
    """The result of one attempt. Raises QueryError, duckdb.Error."""
    with reading(database) as connection:
        lock_down(connection, readable)
        check_only_reads(connection, sql)
        with time_limit(connection):
            return frame_of(connection.execute(sql, list(values) or None))


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


def near_names(database: Path, message: str) -> str:
    """Names of tables like the one that ``message`` misses, or all."""
    with reading(database) as connection:
        names = [name for (name,) in connection.execute(TABLE_NAMES).fetchall()]
    wanted = message.partition("with name ")[2].partition(" ")[0].strip('"')
    near = difflib.get_close_matches(wanted, names, n=NEAR_NAMES, cutoff=0.5)
    return f"Near names: {', '.join(near)}" if near else f"Tables: {', '.join(names)}"


def first_part(error: duckdb.Error) -> str:
    """DuckDB's message without the excerpt of the statement."""
    return str(error).partition("\n")[0]


def frame_of(result: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """The result, fetched whole, as a frame. Raises QueryError when it has too many rows."""
    described = result.description or []
    names, types = unique_names([column[0] for column in described]), [one[1] for one in described]
    rows = fetched(result)
    columns = list(zip(*rows, strict=True)) or [()] * len(names)
    return pl.DataFrame(
        [
            series_of(name, values, polars_type(kind))
            for name, values, kind in zip(names, columns, types, strict=True)
        ]
    )


def fetched(result: duckdb.DuckDBPyConnection) -> list[tuple[Any, ...]]:
    """All rows. Raises QueryError when they are more than MOST_ROWS."""
    rows: list[tuple[Any, ...]] = []
    while some := result.fetchmany(ROWS_AT_A_TIME):
        rows += some
        if len(rows) > MOST_ROWS:
            raise QueryError(f"more than {MOST_ROWS:,} rows: add a condition or a limit")
    return rows


def series_of(name: str, values: Sequence[Any], dtype: pl.DataType) -> pl.Series:
    """One column; as text when a value (a date before year 1) is beyond the type's range."""
    try:
        return pl.Series(name, values, dtype)
    except (TypeError, ValueError, OverflowError, pl.exceptions.PolarsError):
        texts = [None if value is None else str(value) for value in values]
        return pl.Series(name, texts, pl.String)


def polars_type(kind: DuckDBPyType) -> pl.DataType:
    """The column type for a DuckDB type; those that polars lacks (UUID, BIT, MAP) become text."""
    if kind.id in SCALARS:
        return SCALARS[kind.id]
    children: dict[str, Any] = dict(kind.children) if kind.id in NESTED else {}
    if kind.id in ("list", "array"):
        return pl.List(polars_type(children["child"]))
    if kind.id == "struct":
        return pl.Struct({name: polars_type(inner) for name, inner in children.items()})
    return pl.Decimal(38, children["scale"]) if kind.id == "decimal" else pl.String()


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

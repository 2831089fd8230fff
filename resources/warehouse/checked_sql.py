"""Whether a text is one SELECT that reads our tables and nothing else.

DuckDB's own parser must see one SELECT with nothing but SELECTs in it (since 2.0 a WITH clause may
hold INSERT or COPY, and the statement still calls itself a SELECT). What stands in FROM must be a
table or a known function; functions that reach into DuckDB itself are refused anywhere.

To parse may take as long as to compute: all of this runs in the query's own process.
"""

import json
from collections.abc import Iterator
from typing import Any

import duckdb

from resources.warehouse.query_error import QueryError

READING_NODES = frozenset({"SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE"})
"""Query nodes of DuckDB's syntax tree that only read; INSERT_QUERY_NODE and the like do not."""

TABLE_FUNCTIONS = frozenset(
    {
        *("range", "generate_series", "unnest", "repeat", "repeat_row", "json_each", "json_tree"),
        *("histogram", "histogram_values", "summary", "pragma_table_info", "pragma_version"),
        *("duckdb_tables", "duckdb_views", "duckdb_columns", "duckdb_functions", "duckdb_types"),
        *("duckdb_keywords", "duckdb_schemas", "icu_calendar_names", "pg_timezone_names"),
    }
)
"""Functions that may stand in FROM. Others read files, write logs and profiles, run a text as SQL
without these protections, tell settings and paths, or follow an address in memory
(``pandas_scan``)."""

REFUSED_FUNCTIONS = frozenset(
    {
        *("current_setting", "getenv", "getvariable", "write_log", "parse_duckdb_log_message"),
        *("sleep_ms", "pg_sleep", "nextval", "currval", "setval", "setseed"),
        *("finalize", "combine", "to_aggregate_state", "stats", "json_serialize_plan"),
        *("query", "query_table", "read_text", "read_blob", "glob"),
    }
)
"""Functions that nobody needs to read tables: they tell settings, wait, change what later queries
find, or take bytes for the inner state of a computation, which DuckDB believes."""

INTERNAL = "__internal"
"""How the names of functions begin that only DuckDB's optimizer calls, with arguments it checks."""

REFUSED_TABLES = frozenset(
    {
        *("duckdb_databases", "duckdb_logs", "pragma_database_list"),
        *("pg_settings", "pg_database", "pg_prepared_statements"),
    }
)
"""DuckDB's own views on what ``REFUSED_FUNCTIONS`` and absent ``TABLE_FUNCTIONS`` tell."""


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
    check_tree(tree)


def check_tree(tree: object) -> None:
    """Raise QueryError for a syntax tree that does more than read tables."""
    found = list(nodes(tree))
    kinds = {str(node.get("type")) for node in found}
    if forbidden := {k for k in kinds if k.endswith("_NODE")} - READING_NODES:
        names = ", ".join(sorted(kind.partition("_")[0] for kind in forbidden))
        raise QueryError(f"only SELECT is allowed here, also within WITH, not {names}")
    in_from = [node["function"] for node in found if node.get("type") == "TABLE_FUNCTION"]
    if functions := {function_name(call) for call in in_from} - TABLE_FUNCTIONS:
        raise QueryError(f"queries read only the tables: {', '.join(sorted(functions))} is not one")
    called = {function_name(node) for node in found if "function_name" in node}
    if refused := {name for name in called - TABLE_FUNCTIONS if is_refused(name)}:
        raise QueryError(f"this function is not for queries: {', '.join(sorted(refused))}")
    tables = {str(node.get("table_name")).lower() for node in found if "table_name" in node}
    if hidden := tables & REFUSED_TABLES:
        raise QueryError(f"queries read only the tables: {', '.join(sorted(hidden))} is not one")


def function_name(call: dict[str, Any]) -> str:
    """The name of a called function, in lower case."""
    return str(call["function_name"]).lower()


def is_refused(function: str) -> bool:
    """Whether no query may call it."""
    return function in REFUSED_FUNCTIONS or function.startswith(INTERNAL)


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

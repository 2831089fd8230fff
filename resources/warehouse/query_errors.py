"""DuckDB's errors as sentences for the person who asked."""

import difflib
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from resources.warehouse.query_error import QueryError

NEAR_NAMES = 5

STEPS = "stg_"
"""How views begin that are steps on the way to others."""

ALL_TABLES = "All of them: select schema, name from (show all tables)"

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


@contextmanager
def in_clear_words(name: str) -> Iterator[None]:
    """Turn DuckDB's errors into QueryErrors that name the file and say what to do."""
    try:
        yield
    except duckdb.PermissionException as error:
        raise QueryError(f"{first_part(error)}\nQueries read only the tables in {name}.") from error
    except (duckdb.IOException, duckdb.SerializationException) as error:
        raise QueryError(
            f"{name} cannot be read; the service makes it again, or: media rebuild\n{error}"
        ) from error
    except duckdb.Error as error:
        raise QueryError(str(error)) from error


def near_names(connection: duckdb.DuckDBPyConnection, message: str) -> str:
    """Names of tables like the one that ``message`` misses, or those that people mostly ask."""
    names = [name for (name,) in connection.execute(TABLE_NAMES).fetchall()]
    wanted = message.partition("with name ")[2].partition(" ")[0].strip('"')
    near = difflib.get_close_matches(wanted, names, n=NEAR_NAMES, cutoff=0.5)
    if near:
        return f"Near names: {', '.join(near)}"
    first = [name for name in names if "." not in name and not name.startswith(STEPS)]
    return f"Tables: {', '.join(first)}\n{ALL_TABLES}"


def first_part(error: duckdb.Error) -> str:
    """DuckDB's message without the excerpt of the statement."""
    return str(error).partition("\n")[0]

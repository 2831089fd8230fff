"""The SQL of the base layer: one table (or view) per row table, and the union of all derivatives.

``ingest.original`` holds the current rows of the row table ingest/original, newest per key, and
``ingest_history.original`` every row ever written. A log without a key (ingest/sighting) has
one table with all its rows. ``artifact_rows`` and ``artifact_row_history`` are the union of all
tables that have the envelope of a derivative, of all media and assets: a new derivative
appears in every SQL model without a line of SQL. ``parent_row_history`` is the part of it in which
children may be named. A table's first key column names the medium: ``image_id`` is of an image.

All identifiers come from checked table names and from our own payload fields, and are quoted.
"""

import glob
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from string import Template
from typing import Any

import polars as pl

from resources.rows.row_envelope import (
    CHILDREN,
    CODE_DIGEST,
    ENVELOPE_COLUMNS,
    FAILURE_CLASS,
    IMAGE_ID,
    children_type,
    has_envelope,
)
from resources.rows.row_files import ADDED, Declaration
from resources.warehouse.sql_text import literal, quoted

READ_FILES = Template("select $columns from read_parquet([$files], union_by_name = true)")
NEWEST = Template("qualify row_number() over (partition by $key order by _seq desc, _row desc) = 1")
ONCE = "qualify row_number() over (partition by _seq, _row order by _seq) = 1"
DERIVATIVE = Template(
    "select $medium as medium, $id_column as source_id, $image_id, $asset as asset, $columns "
    "from $table"
)
EMPTY = Template("select $columns where false")

SQL_TYPES: Mapping[pl.DataType, str] = {
    pl.String(): "varchar",
    pl.Int64(): "bigint",
    pl.Float64(): "double",
    pl.Boolean(): "boolean",
    pl.Datetime("us", "UTC"): "timestamptz",
}
"""DuckDB's names for the types that the envelope has; nested ones are made of these."""

NO_CHILDREN = pl.List(pl.Struct({"source_id": pl.String(), "place": pl.String()}))
"""The type of ``children`` where no table has any."""


def schemas_of(declared: Declaration) -> tuple[str, str]:
    """The names of the schemas for current rows and for history."""
    prefix = declared.table.split("/")[0]
    return prefix, f"{prefix}_history"


def current_table(declared: Declaration) -> str:
    """The quoted name of the table with the current rows."""
    return ".".join(quoted(part) for part in declared.table.split("/"))


def history_table(declared: Declaration) -> str:
    """The quoted name of the table with every row; of a log it is the only table."""
    if not declared.key:
        return current_table(declared)
    return f"{quoted(schemas_of(declared)[1])}.{quoted(declared.table.split('/')[1])}"


def columns_of(declared: Declaration) -> str:
    """All columns in declared order, quoted."""
    return ", ".join(quoted(name) for name in declared.full_schema)


def read_files(declared: Declaration, files: Iterable[str]) -> str:
    """SELECT over files given as SQL strings, in declared order; absent columns are null."""
    return READ_FILES.substitute(columns=columns_of(declared), files=", ".join(files))


def newest(declared: Declaration) -> str:
    """The clause that keeps the newest row per key."""
    return NEWEST.substitute(key=", ".join(quoted(name) for name in declared.key))


def live_views(declared: Declaration, folder: Path) -> dict[str, str]:
    """View name -> SELECT over all files below ``folder``, those to come included."""
    rows = read_files(declared, [literal(f"{glob.escape(str(folder))}/*/*.parquet")])
    views = {history_table(declared): f"{rows} {ONCE}"}
    if declared.key:
        views[current_table(declared)] = f"{rows} {newest(declared)}"
    return views


def artifact_views(declarations: Sequence[Declaration]) -> dict[str, str]:
    """View name -> SELECT: the rows of all derivatives of all media together."""
    found = [one for one in declarations if one.key and has_envelope(one.schema)]
    types = [(one, children_type(one.schema)) for one in found]
    children = sql_type(next((dtype for _, dtype in types if dtype is not None), NO_CHILDREN))
    history = {one.table: _derivative(one, history_table(one), children) for one in found}
    return {
        "artifact_rows": _union([_derivative(one, current_table(one), children) for one in found]),
        "artifact_row_history": _union(list(history.values())),
        "parent_row_history": _union([history[one.table] for one, dtype in types if dtype]),
    }


def sql_type(dtype: Any) -> str:
    """The DuckDB type of a column, which is what its Parquet files are read as."""
    if isinstance(dtype, pl.List):
        return f"{sql_type(dtype.inner)}[]"
    if isinstance(dtype, pl.Struct):
        fields = (f"{quoted(field.name)} {sql_type(field.dtype)}" for field in dtype.fields)
        return f"struct({', '.join(fields)})"
    return SQL_TYPES[dtype]


def _union(parts: Sequence[str]) -> str:
    return " union all ".join(parts) or _no_derivative()


def _derivative(declared: Declaration, table: str, children: str) -> str:
    id_column = declared.key[0]
    names_children = children_type(declared.schema) is not None
    columns = [
        *map(quoted, ENVELOPE_COLUMNS),
        *(_text(declared, name) for name in (CODE_DIGEST, FAILURE_CLASS)),
        quoted(CHILDREN) if names_children else _null(CHILDREN, children),
        *map(quoted, ADDED),
    ]
    return DERIVATIVE.substitute(
        medium=literal(id_column.removesuffix("_id")),
        id_column=quoted(id_column),
        image_id=quoted(IMAGE_ID) if id_column == IMAGE_ID else _null(IMAGE_ID, "varchar"),
        asset=literal(declared.table.split("/")[1]),
        columns=", ".join(columns),
        table=table,
    )


def _text(declared: Declaration, name: str) -> str:
    """A column of text that tables of an older version lack."""
    return quoted(name) if name in declared.schema else _null(name, "varchar")


def _no_derivative() -> str:
    text = pl.String()
    first = {"medium": text, "source_id": text, IMAGE_ID: text, "asset": text}
    columns = {
        **first,
        **ENVELOPE_COLUMNS,
        CODE_DIGEST: text,
        FAILURE_CLASS: text,
        CHILDREN: NO_CHILDREN,
        **ADDED,
    }
    nulls = (_null(name, sql_type(dtype)) for name, dtype in columns.items())
    return EMPTY.substitute(columns=", ".join(nulls))


def _null(name: str, kind: str) -> str:
    return f"null::{kind} as {quoted(name)}"

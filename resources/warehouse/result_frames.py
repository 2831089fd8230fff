"""Results of queries as polars frames. What is only printed does without: polars imports slowly."""

from collections.abc import Sequence
from typing import Any

import polars as pl

from resources.warehouse.column_kinds import ColumnKind
from resources.warehouse.query_result import QueryResult

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


def frame_of(result: QueryResult) -> pl.DataFrame:
    """The result as a frame; times are in UTC."""
    columns = list(zip(*result.found, strict=True)) or [()] * len(result.names)
    return pl.DataFrame(
        [
            series_of(name, values, polars_type(kind))
            for name, values, kind in zip(result.names, columns, result.kinds, strict=True)
        ]
    )


def series_of(name: str, values: Sequence[Any], dtype: pl.DataType) -> pl.Series:
    """One column; as text when a value (a date before year 1) is beyond the type's range."""
    try:
        return pl.Series(name, values, dtype)
    except (TypeError, ValueError, OverflowError, pl.exceptions.PolarsError):
        texts = [None if value is None else str(value) for value in values]
        return pl.Series(name, texts, pl.String)


def polars_type(kind: ColumnKind) -> pl.DataType:
    """The column type for a DuckDB type; those that polars lacks (UUID, BIT, MAP) become text."""
    if kind.id in SCALARS:
        return SCALARS[kind.id]
    if kind.id in ("list", "array"):
        return pl.List(polars_type(kind.child))
    if kind.id == "struct":
        return pl.Struct({name: polars_type(inner) for name, inner in kind.parts})
    return pl.Decimal(38, kind.scale) if kind.id == "decimal" else pl.String()

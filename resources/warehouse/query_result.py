"""What a query found, as DuckDB's Python values: light to import, enough to print.

DuckDB gives some values in forms of its own (UUIDs, maps, dates beyond Python's); printed they are
texts, as in the frames of ``result_frames``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

from resources.warehouse.column_kinds import ColumnKind

PLAIN: dict[str, type] = {
    "boolean": bool,
    **dict.fromkeys(("tinyint", "smallint", "integer", "bigint", "hugeint"), int),
    **dict.fromkeys(("utinyint", "usmallint", "uinteger", "ubigint"), int),
    "float": float,
    "double": float,
    "decimal": Decimal,
    "varchar": str,
    "blob": bytes,
    "date": date,
    "time": time,
    "timestamp": datetime,
    "timestamp with time zone": datetime,
    "interval": timedelta,
}
"""DuckDB's types whose values are shown as they are, with the Python type of each."""


@dataclass(frozen=True)
class QueryResult:
    """All rows, with the name (unique) and kind of each column."""

    names: Sequence[str]
    kinds: Sequence[ColumnKind]
    found: Sequence[tuple[Any, ...]]
    """The rows as DuckDB gives them."""

    @cached_property
    def rows(self) -> list[tuple[Any, ...]]:
        """The rows; a column whose values have no form of their own in Python is of texts."""
        columns = zip(*self.found, strict=True)
        shown = [shown_values(v, k) for v, k in zip(columns, self.kinds, strict=False)]
        return list(zip(*shown, strict=True))

    @property
    def records(self) -> list[dict[str, Any]]:
        """The rows by column name."""
        return [dict(zip(self.names, row, strict=True)) for row in self.rows]


def shown_values(values: Sequence[Any], kind: ColumnKind) -> Sequence[Any]:
    """The values of one column, all as texts unless each is of the kind's Python type."""
    if not all(value is None or is_plain(value, kind) for value in values):
        return [one if one is None or isinstance(one, str) else str(one) for one in values]
    if kind.id == "array":
        return [None if one is None else list(one) for one in values]
    if kind.id == "timestamp with time zone":  # DuckDB's infinity has none
        return [None if one is None else one.replace(tzinfo=UTC) for one in values]
    return values


def is_plain(value: Any, kind: ColumnKind) -> bool:
    """Whether a value is what Python has for its DuckDB type, down to the parts of a nested one."""
    if kind.id in PLAIN:
        return isinstance(value, PLAIN[kind.id])
    if kind.id in ("list", "array") and isinstance(value, list | tuple):
        return all(one is None or is_plain(one, kind.child) for one in value)
    if kind.id == "struct" and isinstance(value, dict):
        kinds = dict(kind.parts)
        return all(one is None or is_plain(one, kinds[name]) for name, one in value.items())
    return False

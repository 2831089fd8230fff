"""Values of a result as JSON and back: what a query's process sends, and what its parent reads.

Of JSON's own are texts, numbers, true, false and null. A date, a decimal and the like is a list
with its parts; what Python has no form for (UUIDs, maps, dates beyond Python's) is its text.
"""

import base64
from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from resources.warehouse.column_kinds import ColumnKind, parts_within

SPECIAL: dict[str, type] = {
    "decimal": Decimal,
    "blob": bytes,
    "date": date,
    "time": time,
    "timestamp": datetime,
    "timestamp with time zone": datetime,
    "interval": timedelta,
}
"""Kinds whose values JSON lacks, with the Python type of each."""

WRITERS: dict[str, Callable[[Any], list[object]]] = {
    "decimal": lambda value: [str(value)],
    "blob": lambda value: [base64.b64encode(value).decode()],
    "date": lambda value: [value.isoformat()],
    "time": lambda value: [value.isoformat()],
    "timestamp": lambda value: [value.isoformat()],
    "timestamp with time zone": lambda value: [value.isoformat()],
    "interval": lambda value: [value.days, value.seconds, value.microseconds],
}
READERS: dict[str, Callable[..., object]] = {
    "decimal": Decimal,
    "blob": base64.b64decode,
    "date": date.fromisoformat,
    "time": time.fromisoformat,
    "timestamp": datetime.fromisoformat,
    "timestamp with time zone": datetime.fromisoformat,
    "interval": timedelta,
}

AS_THEY_ARE = frozenset(
    {
        *("boolean", "tinyint", "smallint", "integer", "bigint", "hugeint"),
        *("utinyint", "usmallint", "uinteger", "ubigint", "float", "double", "varchar"),
    }
)
"""Kinds whose values are JSON's own."""


def is_json(kind: ColumnKind) -> bool:
    """Whether every value of the kind is JSON as it is."""
    return kind.id in AS_THEY_ARE


def written_rows(kinds: Sequence[ColumnKind], rows: Sequence[Sequence[Any]]) -> list[list[Any]]:
    """Rows of a result as JSON values."""
    special = [(place, kind) for place, kind in enumerate(kinds) if not is_json(kind)]
    written = [list(row) for row in rows]
    for row in written:
        for place, kind in special:
            row[place] = written_value(row[place], kind)
    return written


def written_value(value: Any, kind: ColumnKind) -> object:
    """One value as JSON."""
    if value is None or is_json(kind):
        return value
    if kind.id in SPECIAL and isinstance(value, SPECIAL[kind.id]):
        return WRITERS[kind.id](value)
    if kind.id in ("list", "array") and isinstance(value, list | tuple):
        return [written_value(one, kind.child) for one in value]
    if kind.id == "struct" and isinstance(value, dict):
        parts = dict(kind.parts)
        return {name: written_value(one, parts[name]) for name, one in value.items()}
    return value if isinstance(value, str) else str(value)


def read_rows(kinds: Sequence[ColumnKind], rows: Sequence[Sequence[Any]]) -> list[tuple[Any, ...]]:
    """What ``written_rows`` wrote. Raises ValueError, TypeError, ArithmeticError for other rows."""
    if any(not isinstance(row, list) or len(row) != len(kinds) for row in rows):
        raise ValueError("a row has as many values as there are columns")
    special = [
        (place, kind)
        for place, kind in enumerate(kinds)
        if any(part.id in SPECIAL for part in parts_within(kind))
    ]
    read: list[list[Any]] = [list(row) for row in rows]
    for row in read:
        for place, kind in special:
            row[place] = read_value(row[place], kind)
    return [tuple(row) for row in read]


def read_value(value: Any, kind: ColumnKind) -> object:
    """One value that ``written_value`` wrote."""
    if isinstance(value, list) and kind.id in SPECIAL:
        return READERS[kind.id](*value)
    if isinstance(value, list) and kind.parts:
        return [read_value(one, kind.child) for one in value]
    if isinstance(value, dict) and kind.parts:
        parts = dict(kind.parts)
        return {str(name): read_value(one, parts[name]) for name, one in value.items()}
    return value


def count_of_values(rows: Sequence[Sequence[Any]], kinds: Sequence[ColumnKind]) -> int:
    """The cells of written rows, and the elements of those that are lists and records."""
    nested = [place for place, kind in enumerate(kinds) if kind.parts]
    stack = [row[place] for row in rows for place in nested]
    count = len(rows) * len(kinds)
    while stack:
        value = stack.pop()
        if isinstance(value, list | dict):
            count += len(value)
            stack.extend(value if isinstance(value, list) else value.values())
    return count

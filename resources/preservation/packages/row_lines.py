"""Rows as lines of JSON, one per row, from which exactly the same rows come back.

Any program can read them. Times are ISO 8601, bytes Base64, keys in alphabetical order. Which types
the columns have is known from the tables themselves, whose columns are only ever added to.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

import msgspec
import polars as pl

SCALARS: Mapping[pl.DataType, Any] = {
    pl.String(): str,
    pl.Int64(): int,
    pl.Float64(): float,
    pl.Float32(): float,
    pl.Boolean(): bool,
    pl.Binary(): bytes,
    pl.Datetime("us"): Annotated[datetime, msgspec.Meta(tz=False)],
    pl.Datetime("us", "UTC"): Annotated[datetime, msgspec.Meta(tz=True)],
}
"""The JSON form of each column type of the row store."""

Row = dict[str, Any]


class UnreadableRow(ValueError):
    """A line holds no row of a table that is known here."""


class InexactRow(ValueError):
    """A row holds what JSON cannot say, such as a number that is none."""


class Line(msgspec.Struct, forbid_unknown_fields=True):
    """One line: the table, and the row as it is stored."""

    table: str
    row: msgspec.Raw


class RowLines:
    """Writes and reads the rows of these tables; ``schemas`` have the store's own columns too."""

    def __init__(self, schemas: Mapping[str, pl.Schema]) -> None:
        self._schemas = schemas
        self._forms = {table: fields_type(schema) for table, schema in schemas.items()}

    def write(self, table: str, rows: pl.DataFrame) -> list[bytes]:
        """One line per row, without line ends. Raises InexactRow unless they read back the same."""
        lines = [
            msgspec.json.encode({"row": one, "table": table}, order="sorted")
            for one in rows.rows(named=True)
        ]
        again = self.frame(table, [self.read(line)[1] for line in lines])
        if not again.equals(rows.select(again.columns)):
            raise InexactRow(f"{table} holds a value that JSON cannot say exactly")
        return lines

    def read(self, line: bytes) -> tuple[str, Row]:
        """The table and the row of one line; columns that the line lacks are null.

        Raises UnreadableRow for another form, or a table or column that is unknown here.
        """
        try:
            found = msgspec.json.decode(line, type=Line)
            if found.table not in self._forms:
                raise UnreadableRow(f"the table {found.table!r} is unknown to this version")
            row = msgspec.json.decode(found.row, type=self._forms[found.table])
        except (msgspec.DecodeError, RecursionError) as error:
            raise UnreadableRow(f"a row cannot be read: {error}") from error
        fields: Row = msgspec.to_builtins(row, builtin_types=(bytes, datetime))
        return found.table, fields

    def frame(self, table: str, rows: Sequence[Row]) -> pl.DataFrame:
        """Rows as the row store keeps them."""
        return pl.DataFrame(rows, schema=self._schemas[table])


def fields_type(fields: Mapping[str, Any]) -> Any:
    """A JSON object of these fields, each of which may be absent or null."""
    named = [(name, json_type(dtype), None) for name, dtype in fields.items()]
    return msgspec.defstruct("Fields", named, forbid_unknown_fields=True)


def json_type(dtype: Any) -> Any:
    """What a value of this column type is in JSON, or null."""
    if isinstance(dtype, pl.List):
        return list[json_type(dtype.inner)] | None  # type: ignore[misc]
    if isinstance(dtype, pl.Struct):
        return fields_type({field.name: field.dtype for field in dtype.fields}) | None
    return SCALARS[dtype] | None

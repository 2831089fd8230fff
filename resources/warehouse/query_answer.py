"""An answer of a query's process, line by line, as its parent takes it: it is not trusted."""

import json
from dataclasses import dataclass, field
from typing import Any

from resources.warehouse.answer_values import read_rows
from resources.warehouse.column_kinds import ColumnKind, kind_from_json
from resources.warehouse.query_error import QueryError
from resources.warehouse.query_result import QueryResult
from resources.warehouse.query_words import UNREADABLE

WRONG = (ValueError, TypeError, LookupError, ArithmeticError, RecursionError)
"""What readers raise for lines that ``query_process`` did not write."""


@dataclass
class QueryAnswer:
    """What came so far. ``again`` says at the end whether the process can be asked again."""

    names: list[str] = field(default_factory=list)
    kinds: list[ColumnKind] = field(default_factory=list)
    rows: list[tuple[Any, ...]] = field(default_factory=list)
    error: str | None = None
    is_whole: bool = False
    again: bool = False

    def take(self, line: bytes) -> None:
        """Read one line. Raises QueryError for one that no process of ours writes."""
        try:
            self._read(json.loads(line))
        except WRONG as error:
            raise QueryError(UNREADABLE) from error

    def _read(self, content: dict[str, Any]) -> None:
        if "rows" in content:
            self.rows += read_rows(self.kinds, content["rows"])
        elif "columns" in content:
            columns = content["columns"]
            self.names = [str(name) for name, _ in columns]
            self.kinds = [kind_from_json(kind) for _, kind in columns]
            self.rows = []
        else:
            self.error = None if "end" in content else str(content["error"])
            self.again = content["again"] is True
            self.is_whole = True

    def result(self) -> QueryResult:
        """The whole answer. Raises QueryError when it is an error."""
        if self.error is not None:
            raise QueryError(self.error)
        return QueryResult(self.names, self.kinds, self.rows)

"""One line per finished batch, for people: how many sources are ready, and their outcomes."""

from dataclasses import dataclass

import duckdb

QUERY = """
select batch, closing_line
from batches
where status in ('complete', 'cancelled')
order by finished_at, batch
"""


@dataclass(frozen=True)
class ClosingLine:
    """``text`` is ours; ``batch`` is a folder's name, so it is untrusted."""

    batch: str
    text: str


def closing_lines(connection: duckdb.DuckDBPyConnection) -> tuple[ClosingLine, ...]:
    """Of every batch that is complete or cancelled, in the order in which they finished."""
    return tuple(ClosingLine(*row) for row in connection.execute(QUERY).fetchall())

"""SQL that a person wrote, on our tables: one SELECT, without the right to change or reach more.

It runs in a process of its own, which the kernel and this one hold to its limits: time, memory,
size of the answer. That process checks the text (``checked_sql``), opens the database read-only,
takes away files, network and settings (``lock_down``), and answers. Ctrl-C ends it at once. For
many queries side by side there is ``bounded_queries``.
"""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from resources.warehouse.query_child import QueryChild
from resources.warehouse.query_error import QueryError
from resources.warehouse.query_limits import OWNER, QueryLimits
from resources.warehouse.query_result import QueryResult
from resources.warehouse.table_opening import TableOpening, file_opening

if TYPE_CHECKING:
    import polars as pl

__all__ = ["QueryError", "ask_once", "read_only_query", "read_only_rows"]


def read_only_query(
    database: Path,
    sql: str,
    *,
    values: Sequence[object] = (),
    readable: Path | None = None,
    limits: QueryLimits = OWNER,
) -> "pl.DataFrame":
    """The result of ``read_only_rows`` as a frame."""
    from resources.warehouse.result_frames import frame_of  # polars: what only prints needs none

    found = read_only_rows(database, sql, values=values, readable=readable, limits=limits)
    return frame_of(found)


def read_only_rows(
    database: Path,
    sql: str,
    *,
    values: Sequence[object] = (),
    readable: Path | None = None,
    limits: QueryLimits = OWNER,
) -> QueryResult:
    """The whole result of ``sql`` on media.duckdb or, with ``readable``, on live.duckdb.

    ``readable`` is the folder that the live views read (``rows``). ``values`` (texts, numbers) fill
    each ``?``. Times are in UTC; a second column of the same name gets ``_2`` after it. Raises
    QueryError.
    """
    if not database.exists():
        raise QueryError(f"{database} does not exist yet: it is made when tables are published")
    return ask_once(file_opening(database, readable), sql, values, limits)


def ask_once(
    opening: TableOpening, sql: str, values: Sequence[object] = (), limits: QueryLimits = OWNER
) -> QueryResult:
    """The whole result of ``sql`` from a process for it alone. Raises QueryError."""
    with closing(QueryChild(stays=False)) as child:
        return child.ask(opening, sql, values, limits)

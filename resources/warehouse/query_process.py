"""The inside of a query's process: asked on standard input, answering on standard output.

Started by ``query_child`` with a clean interpreter and an empty environment; it imports DuckDB and
a few files of ours. One line of JSON is one question (see ``Question``). The answer is lines of
JSON: the columns (again, when a lost file makes it begin again), rows, and an end; or, at any
moment, an error. The last line says whether the process can be asked again.

It never trusts itself to stop in time: the kernel (processor time, address space, death of the
parent: ``process_limits``) and the parent (wall clock, size of the answer) end it from outside.
"""

import importlib
import json
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import duckdb

from resources.warehouse.answer_values import count_of_values, written_rows
from resources.warehouse.checked_sql import check_only_reads
from resources.warehouse.column_kinds import ColumnKind, kind_as_json, kind_of
from resources.warehouse.column_names import unique_names
from resources.warehouse.database_file import ask_again_for_lost_files
from resources.warehouse.lock_down import lock_down
from resources.warehouse.process_limits import (
    address_space_bytes,
    die_with_parent,
    forbid_files,
    limit_cpu_time,
    limit_memory,
)
from resources.warehouse.query_error import QueryError
from resources.warehouse.query_errors import first_part, in_clear_words, near_names
from resources.warehouse.query_limits import QueryLimits
from resources.warehouse.query_words import (
    TOO_DEEP,
    too_many_columns,
    too_many_rows,
    too_many_values,
    too_much_memory,
)
from resources.warehouse.user_tables import UserTables

DUCKDB_SHARE = 0.8
"""Of the memory, what DuckDB may count as its own; the rest is for what it does not count, and for
rows on their way out. Its own limit ends a query in better words than the kernel's."""

FIRST_ROWS, MOST_ROWS_AT_ONCE = 64, 2048
LINE_BYTES = 256 * 1024
"""A line of rows is about so long: more are fetched while they are short, fewer when long."""

LONGEST_ERROR = 10_000
"""Characters of a message; DuckDB quotes the statement."""

KEPT_BYTES = 64 * 1024**2
"""A process that keeps more than this of a query's memory is not asked again."""

OpenTables = Callable[..., AbstractContextManager[UserTables]]


@dataclass(frozen=True)
class Question:
    """One query: which tables it is about, its text, the values of each ``?``, what it may cost."""

    name: str
    function: str
    arguments: list[str]
    sql: str
    values: list[Any]
    limits: QueryLimits

    @classmethod
    def read(cls, line: bytes) -> "Question":
        """What the parent wrote, which is trusted."""
        asked = json.loads(line)
        return cls(**{**asked, "limits": QueryLimits(**asked["limits"])})


def main(*, stays: bool) -> None:
    """Answer one question or, if it stays, one after the other until standard input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends this
    forbid_files()
    most_bytes = bytes_of_a_connection() + KEPT_BYTES if stays else 0
    can_go_on = True
    while can_go_on and (line := sys.stdin.buffer.readline()):
        die_with_parent(watching=True)
        last = answer(Question.read(line))
        limit_memory(None)
        can_go_on = last["again"] and address_space_bytes() <= most_bytes
        die_with_parent(watching=False)
        send({**last, "again": can_go_on})
    os._exit(0)  # to free what a query took takes long


def bytes_of_a_connection() -> int:
    """The address space of this process with a database open, and no query yet."""
    with duckdb.connect() as connection:
        connection.execute("select 1").fetchall()
        return address_space_bytes()


def answer(question: Question) -> dict[str, Any]:
    """Send the rows; return the last line."""
    limit_cpu_time(question.limits.cpu_seconds)
    try:
        with in_clear_words(question.name):
            send_rows(question)
    except QueryError as error:
        return failure(str(error), again=True)
    except RecursionError:
        return failure(TOO_DEEP, again=False)
    except Exception as error:  # noqa: BLE001 - the boundary: whatever DuckDB raises is an answer
        if isinstance(error, MemoryError) or "bad_alloc" in str(error):
            return failure(too_much_memory(question.limits), again=False)
        return failure(f"{type(error).__name__}: {error}", again=False)
    return {"end": True, "again": True}


def failure(message: str, *, again: bool) -> dict[str, Any]:
    """The last line of an answer that is none."""
    return {"error": message[:LONGEST_ERROR], "again": again}


@ask_again_for_lost_files
def send_rows(question: Question) -> None:
    """Open the tables, and ask them under the limits. Raises what DuckDB raises, and QueryError."""
    limits = question.limits
    with opener(question.function)(*question.arguments) as tables:
        tables.make_mentioned(question.sql)
        lock_down(
            tables.connection,
            tables.readable,
            memory_bytes=int(limits.memory_bytes * DUCKDB_SHARE),
            threads=limits.threads,
        )
        limit_memory(limits.memory_bytes)
        try:
            send_answer(tables.connection, question)
        except duckdb.OutOfMemoryException as error:
            raise QueryError(too_much_memory(limits)) from error
        except duckdb.CatalogException as error:
            ask_with_all(tables, question, error)


def opener(function: str) -> OpenTables:
    """The function of ours that opens the tables."""
    module, _, name = function.partition(":")
    found: OpenTables = getattr(importlib.import_module(module), name)
    return found


def ask_with_all(tables: UserTables, question: Question, missed: duckdb.CatalogException) -> None:
    """Ask again when every table is made, so that names are found that are put together."""
    if tables.make_all is not None:
        tables.make_all()
        try:
            return send_answer(tables.connection, question)
        except duckdb.CatalogException as error:
            missed = error
    raise QueryError(f"{first_part(missed)}\n{near_names(tables.connection, str(missed))}")


def send_answer(connection: duckdb.DuckDBPyConnection, question: Question) -> None:
    """Check the text, run it, and send columns and rows. Raises QueryError, duckdb.Error."""
    check_only_reads(connection, question.sql)
    result = connection.execute(question.sql, question.values or None)
    described = result.description or []
    if len(described) > question.limits.columns:
        raise QueryError(too_many_columns(len(described), question.limits))
    kinds = [kind_of(column[1]) for column in described]
    names = unique_names([column[0] for column in described])
    send({"columns": [[n, kind_as_json(k)] for n, k in zip(names, kinds, strict=True)]})
    rows = values = 0
    for some in fetched(result, kinds):
        rows, values = rows + len(some), values + count_of_values(some, kinds)
        if rows > question.limits.rows:
            raise QueryError(too_many_rows(question.limits))
        if values > question.limits.values:
            raise QueryError(too_many_values(question.limits))


def fetched(
    result: duckdb.DuckDBPyConnection, kinds: Sequence[ColumnKind]
) -> Iterator[list[list[Any]]]:
    """The rows as JSON values, each part of them once it is sent."""
    count = FIRST_ROWS
    while some := result.fetchmany(count):
        written = written_rows(kinds, some)
        length = send({"rows": written})
        yield written
        count = min(count * 2, MOST_ROWS_AT_ONCE) if length < LINE_BYTES else max(count // 2, 1)


def send(line: dict[str, Any]) -> int:
    """Write one line of the answer; return its length in bytes."""
    text = json.dumps(line, ensure_ascii=False, separators=(",", ":"))
    sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace") + b"\n")
    sys.stdout.buffer.flush()
    return len(text)

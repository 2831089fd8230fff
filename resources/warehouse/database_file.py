"""One DuckDB file that many read and nobody writes: how it is opened, made, and put in its place.

A writer makes a file beside it, which takes its name when it is complete; an open reader keeps the
old one. What is in the files is decided by ``publication`` and ``live_views``.
"""

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

import duckdb

from resources.stores.content_store import sync_folder
from resources.warehouse.sql_text import literal

STORAGE_VERSION = "v1.5.0"
"""Tools with DuckDB 1.5 open the file too; 2.0's own format they refuse (measured)."""

VANISHED = ("No such file", "No files found that match")
"""How DuckDB says that a file is gone, at the latest or at the first moment."""

ATTEMPTS = 12
"""A reader that lists ten tables meets more deletions than one that lists a single table."""

SESSION = "set timezone = 'UTC'; set enable_progress_bar = false"
"""DuckDB would draw a bar into our output when it takes the program for an interactive one."""

Given = ParamSpec("Given")
Returned = TypeVar("Returned")


@contextmanager
def writing(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection whose default database is the file ``path``, which is made when absent."""
    with duckdb.connect() as connection:
        connection.execute(SESSION)
        attach = f"attach {literal(str(path))} as media (storage_version '{STORAGE_VERSION}')"
        connection.execute(attach)
        connection.execute("use media")
        yield connection
        connection.execute("checkpoint media")


@contextmanager
def reading(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection whose default database is the file ``path``, read-only.

    The file may be replaced meanwhile: the connection keeps what it opened. Raises duckdb.Error
    (IOException) when there is no such file.
    """
    with duckdb.connect() as connection:
        connection.execute(SESSION)
        connection.execute(f"attach {literal(str(path))} as media (read_only)")
        connection.execute("use media")
        yield connection


def partial_database(target: Path) -> Path:
    """A dot-temp name beside ``target``, which ``sweep`` recognizes."""
    return target.with_name(f".{target.name}.{secrets.token_hex(4)}")


def put_in_place(partial: Path, target: Path) -> None:
    """Give the finished file its name, durably."""
    with partial.open("rb") as file:
        os.fsync(file.fileno())
    partial.replace(target)
    sync_folder(target.parent)


def sweep(target: Path) -> None:
    """Delete what killed publishers of ``target`` left beside it; the caller holds the lock."""
    for litter in target.parent.glob(f".{target.name}.*"):
        litter.unlink(missing_ok=True)


def has_lost_a_file(error: BaseException) -> bool:
    """Whether a file went away after it was listed and before it was opened.

    Compaction deletes folded commits an hour later: a reader that has just listed one lists again.
    """
    return isinstance(error, duckdb.IOException) and any(word in str(error) for word in VANISHED)


def ask_again_for_lost_files(ask: Callable[Given, Returned]) -> Callable[Given, Returned]:
    """``ask``, called up to ATTEMPTS times while it loses a file in this way."""

    @wraps(ask)
    def ask_again(*args: Given.args, **kwargs: Given.kwargs) -> Returned:
        try:
            return ask(*args, **kwargs)
        except duckdb.IOException as error:
            if not has_lost_a_file(error):
                raise
        from tenacity import Retrying, retry_if_exception, stop_after_attempt  # 30 ms, needed here

        lost = retry_if_exception(has_lost_a_file)
        attempts = Retrying(retry=lost, stop=stop_after_attempt(ATTEMPTS - 1), reraise=True)
        return attempts(ask, *args, **kwargs)

    return ask_again

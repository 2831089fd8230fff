"""Rows: append-only Parquet batches, the truth from which every table can be made again.

One file is one commit: it is written under a dot-temp name, flushed to disk, then renamed, so a
reader sees all of a batch or nothing of it. No row is ever updated: the newest row of a key is the
current one and the older ones are its history. ``_seq`` is the sortable id of the commit and
``_row`` the row's place in it; together they name a row, so a reader that finds the same row in a
fresh batch and in a compacted file counts it once.

``<root>/<table>/inbox/<seq>.parquet`` are commits, ``<root>/<table>/base/<seq>.parquet`` are
commits folded together by ``compaction``, and ``inbox/_declared.parquet`` holds the schema and the
key, and no rows. Which tables exist is not decided here.
"""

import re
import secrets
import threading
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

import polars as pl
from filelock import FileLock

from resources.rows.row_files import (
    ADDED,
    Declaration,
    Manifest,
    commit,
    not_folded,
    read_manifests,
    scan_files,
    standing,
)
from resources.rows.row_paths import DECLARED, FileState, declared_tables, file_state, row_files
from resources.rows.table import Table

DECLARATIONS_KEPT = 1000
"""In memory: the tables of some homes. They are asked for at every step, and hardly ever change."""

TABLE_NAME = re.compile(r"[a-z][a-z0-9_]*/[a-z][a-z0-9_]*")


class UndeclaredTable(LookupError):
    """Rows were written to or asked from a table that nobody declared."""


class SchemaConflict(ValueError):
    """Rows or a declaration do not fit what the table already is."""


class RowStore:
    """All row tables below ``root``. Any number of processes may append and read at once."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._clock = _CommitClock()

    def declare(self, table: Table) -> Declaration:
        """Make ``table`` exist with these columns; return what it is now. Harmless when repeated.

        New columns are added and are null in older rows; columns that are no longer named stay. A
        key may get further columns, in which older rows are null. Raises SchemaConflict when a
        column would change its type, or the table its key in another way.
        """
        name = _checked(table.name)
        wanted = Declaration(name, pl.Schema(table.schema), table.key)
        if self._exists(name) and _widened(self.declaration(name), wanted) is None:
            return self.declaration(name)
        self.inbox(name).mkdir(parents=True, exist_ok=True)
        self.base(name).mkdir(exist_ok=True)
        with FileLock(self.root / ".declare.lock"):
            known = self.declaration(name) if self._exists(name) else None
            grown = wanted if known is None else _widened(known, wanted) or known
            if grown != known:
                self._write_declaration(grown)
        return grown

    def append(
        self, table: str, rows: pl.DataFrame, *, run_id: str, producer: Mapping[str, str]
    ) -> str:
        """Commit ``rows`` durably as one batch and return its ``_seq``.

        ``producer`` says what made them (code version, engine, ...). A declared column that
        ``rows`` lacks is null. Raises UndeclaredTable, SchemaConflict when a column is unknown, of
        another type or a key is null, ValueError when there are no rows, OSError when the disk
        refuses (nothing is visible then).
        """
        declared = self.declaration(table)
        if rows.is_empty():
            raise ValueError(f"{table}: a batch needs at least one row")
        seq = self._clock.next_seq(self.newest_seq(table))
        manifest = _manifest(declared, seq, producer, run_id, rows.height)
        batch = _conform(rows, declared).with_columns(
            pl.lit(seq).alias("_seq"),
            pl.int_range(pl.len(), dtype=pl.Int64).alias("_row"),
            pl.lit(run_id).alias("_run_id"),
        )
        commit(batch, self.inbox(table) / f"{seq}.parquet", manifest)
        return seq

    def current(self, table: str, keys: Sequence[str]) -> pl.DataFrame:
        """The newest row of each key whose first column is one of ``keys``, such as source ids.

        Keys without a row are absent. For about a thousand keys at most: it reads the key column of
        the whole table (measured: 0.03 s per 500 000 rows, 0.3 s more per 1000 files that are not
        yet compacted).
        """
        declared = self.declaration(table)
        # As bytes, since polars 2.1 spends 26 ms on preparing a filter by 100 texts, on bytes none.
        wanted = [key.encode() for key in keys]
        among = pl.col(declared.key[0]).cast(pl.Binary).is_in(wanted)
        found = self.scan(table).filter(among).collect()
        newest_last = found.sort("_seq", "_row")
        return newest_last.unique(list(declared.key), keep="last", maintain_order=True)

    def scan(self, table: str) -> pl.LazyFrame:
        """Every stored row, old and new, once.

        Only from files that still stand: what was folded may be deleted at any moment. Collect
        within the hour.
        """
        schema = self.declaration(table).full_schema
        files = self.standing_files(table)
        if not files:
            return pl.LazyFrame(schema=schema)
        return scan_files(files, schema)

    def declaration(self, table: str) -> Declaration:
        """What ``table`` is. Raises UndeclaredTable."""
        path = self.inbox(_checked(table)) / DECLARED
        state = file_state(path)
        if state is None:
            raise UndeclaredTable(f"{table} was never declared below {self.root}")
        return _read_declaration(path, table, state)

    def tables(self) -> tuple[str, ...]:
        """The declared tables, by name."""
        return declared_tables(self.root)

    def files(self, table: str) -> list[Path]:
        """All files with rows, base before inbox, each in the order of their ids.

        Base is listed first: a commit that is deleted from the inbox meanwhile was folded at least
        an hour before into a base file that is in the list.
        """
        return [*row_files(self.base(table)), *row_files(self.inbox(table))]

    def standing_files(self, table: str) -> list[Path]:
        """The files that together hold every row once; none is deleted within the next hour."""
        files = self.files(table)
        bases = standing(read_manifests(path for path in files if path.parent.name == "base"))
        return [*bases, *not_folded((p for p in files if p.parent.name == "inbox"), bases)]

    def newest_seq(self, table: str) -> str:
        """The highest commit id of ``table``, or "" when it has no rows."""
        return max((path.stem for path in self.files(table)), default="")

    def next_seq(self, table: str) -> str:
        """A commit id above all others of ``table``, for a file that compaction writes."""
        return self._clock.next_seq(self.newest_seq(table))

    def inbox(self, table: str) -> Path:
        """Where fresh commits of ``table`` are."""
        return self.root / table / "inbox"

    def base(self, table: str) -> Path:
        """Where folded commits of ``table`` are."""
        return self.root / table / "base"

    def _exists(self, table: str) -> bool:
        return (self.inbox(table) / DECLARED).exists()

    def _write_declaration(self, declared: Declaration) -> None:
        empty = pl.DataFrame(schema=declared.full_schema)
        manifest = _manifest(declared, "", {}, "", 0)
        commit(empty, self.inbox(declared.table) / DECLARED, manifest)


class _CommitClock:
    """Ids that only go up, also when the machine's clock steps back."""

    def __init__(self) -> None:
        self._last_ns = 0
        self._lock = threading.Lock()

    def next_seq(self, newest: str) -> str:
        """Nanoseconds since 1970 as 20 digits, "-", 8 random hex digits; above ``newest``."""
        floor = int(newest[:20] or 0)
        with self._lock:
            self._last_ns = max(time.time_ns(), self._last_ns + 1, floor + 1)
            return f"{self._last_ns:020d}-{secrets.token_hex(4)}"


@lru_cache(maxsize=DECLARATIONS_KEPT)
def _read_declaration(path: Path, table: str, state: FileState) -> Declaration:
    """What the file says of the table; read again when its state is another one."""
    del state
    schema = pl.scan_parquet(path, glob=False).collect_schema()
    columns = {name: kind for name, kind in schema.items() if name not in ADDED}
    return Declaration(table, pl.Schema(columns), Manifest.read(path).key)


def _manifest(
    declared: Declaration, seq: str, producer: Mapping[str, str], run_id: str, row_count: int
) -> Manifest:
    now = datetime.now(UTC).isoformat()
    return Manifest(
        table=declared.table,
        seq=seq,
        key=declared.key,
        schema_hash=declared.schema_hash,
        producer=dict(producer),
        run_id=run_id,
        row_count=row_count,
        created_at=now,
    )


def _checked(table: str) -> str:
    if not TABLE_NAME.fullmatch(table):
        raise ValueError(f"{table!r} is no table name: write it like ingest/original")
    return table


def _widened(known: Declaration, wanted: Declaration) -> Declaration | None:
    """``known`` with the new columns of ``wanted``, or None when it has them all."""
    key = max(known.key, wanted.key, key=len)
    if key[: len(known.key)] != known.key or key[: len(wanted.key)] != wanted.key:
        raise SchemaConflict(f"{known.table}: its key is {known.key}, not {wanted.key}")
    if bool(known.key) != bool(wanted.key):
        raise SchemaConflict(f"{known.table}: a log cannot become a table with a key, or back")
    for name, dtype in wanted.schema.items():
        if known.schema.get(name, dtype) != dtype:
            was = known.schema[name]
            raise SchemaConflict(
                f"{known.table}.{name} is {was} in the stored rows and cannot become {dtype}: "
                "give the new column another name"
            )
    columns = pl.Schema({**known.schema, **wanted.schema})
    is_same = columns == known.schema and key == known.key
    return None if is_same else Declaration(known.table, columns, key)


def _conform(rows: pl.DataFrame, declared: Declaration) -> pl.DataFrame:
    """``rows`` with exactly the declared columns, in the declared order."""
    found = rows.schema  # polars collects it again each time
    unknown = sorted(set(found) - set(declared.schema))
    if unknown:
        raise SchemaConflict(f"{declared.table} has no column {', '.join(unknown)}: declare first")
    kinds = declared.schema.items()
    batch = rows.select(_column(found, name, kind, declared.table) for name, kind in kinds)
    if declared.key and batch[declared.key[0]].has_nulls():
        first = f"{declared.table}.{declared.key[0]}"
        raise SchemaConflict(f"{first} must never be null: it names the row")
    return batch


def _column(columns: pl.Schema, name: str, dtype: pl.DataType, table: str) -> pl.Expr:
    found = columns.get(name, pl.Null())
    if found not in (dtype, pl.Null()):
        raise SchemaConflict(f"{table}.{name} is {dtype}, the rows have {found}")
    if name not in columns:
        return pl.lit(None, dtype).alias(name)
    return pl.col(name) if found == dtype else pl.col(name).cast(dtype)

"""Brings the base layer of a DuckDB file up to date with the row store, batch by batch.

The file remembers each batch in it (``publication.batch``), so that only new ones are read, no
matter whether they are in the inbox or were folded meanwhile. Applying twice changes nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template

import duckdb

from resources.rows.compaction import pending, read_bases
from resources.rows.row_files import Declaration, read_manifests, standing
from resources.rows.row_paths import DECLARED
from resources.rows.row_store import RowStore
from resources.warehouse.base_tables import (
    artifact_views,
    current_table,
    history_table,
    newest,
    read_files,
    schemas_of,
)
from resources.warehouse.sql_text import exact, quoted

BOOKKEEPING = """
create schema publication;
create table publication.batch (table_name varchar, seq varchar, row_count bigint);
create table publication.declared_table (table_name varchar, schema_hash varchar);
"""

NOTES = """
create or replace table publication.row_table (table_name varchar, key varchar[]);
create or replace table publication.base_file (table_name varchar, name varchar);
"""
"""What ``unpublished`` needs to know: the key of each table, and the folded files whose rows are
all here."""

INSERT_COMMITS = Template("insert into $history $rows")
INSERT_FOLDED = Template(
    "insert into $history select * from ($rows) where _seq in (select unnest(?::varchar[]))"
)
FILL_CURRENT = Template("insert into $current select * from $history $newest")
MERGE_CURRENT = Template(
    "merge into $current as known using ("
    "  select * from $history where _seq in (select unnest(?::varchar[])) $newest"
    ") as fresh on $same_key "
    "when matched and (fresh._seq, fresh._row) > (known._seq, known._row) then update by name "
    "when not matched then insert by name"
)
REMEMBER = "insert into publication.batch select ?, unnest(?::varchar[]), unnest(?::bigint[])"
NOTE_TABLE = "insert into publication.row_table values (?, ?)"
NOTE_BASES = "insert into publication.base_file select ?, unnest(?::varchar[])"
SEEN = "select seq from publication.batch where table_name = ?"
EXPECTED_ROWS = "select coalesce(sum(row_count), 0) from publication.batch where table_name = ?"


class InconsistentWarehouse(RuntimeError):
    """A table holds more or fewer rows than the batches in it."""


@dataclass(frozen=True)
class UnseenRows:
    """What a file lacks of one table: whole commits, and commits inside base files."""

    commits: Mapping[Path, int]  # file -> rows
    bases: Sequence[Path]
    folded: Mapping[str, int]  # commit id -> rows, to be read from ``bases``
    looked_at: Sequence[str]  # ids of all base files there were

    @property
    def batches(self) -> dict[str, int]:
        """Commit id -> rows."""
        return {path.stem: rows for path, rows in self.commits.items()} | dict(self.folded)


def declarations(store: RowStore) -> list[Declaration]:
    """What is published, in the order in which it must be listed.

    Rows of a table may refer to rows of a table that comes later here (a derivative to its image,
    a sighting to its original); listed last, the latter are never missing from a publication.
    """
    names = sorted(sorted(store.tables(), reverse=True), key=lambda table: table.split("/")[0])
    return [store.declaration(table) for table in names]


def find_unseen(store: RowStore, table: str, seen: frozenset[str]) -> UnseenRows:
    """What of ``table`` is not among the commits ``seen``; each row is in it once.

    A small update is read from the commits themselves while they last, a rebuild from the folded
    files.
    """
    all_bases = read_bases(store, table)
    bases = standing(all_bases)
    fresh = pending(store, table, bases)
    if seen:
        fresh = [path for path in store.files(table) if path.parent.name == "inbox"]
    manifests = read_manifests(path for path in fresh if path.stem not in seen)
    commits = {path: manifest.row_count for path, manifest in manifests.items()}
    at_hand = {path.stem for path in commits} | seen
    folded = {
        seq: rows
        for manifest in bases.values()
        for seq, rows in manifest.folded.items()
        if seq not in at_hand
    }
    needed = [path for path, manifest in bases.items() if folded.keys() & manifest.folded.keys()]
    return UnseenRows(commits, needed, folded, [path.stem for path in all_bases])


def create_tables(
    connection: duckdb.DuckDBPyConnection, store: RowStore, known: Iterable[Declaration]
) -> None:
    """Make the empty base layer."""
    connection.execute(BOOKKEEPING)
    for declared in known:
        for schema in schemas_of(declared):
            connection.execute(f"create schema if not exists {quoted(schema)}")
        empty = read_files(declared, [exact(store.inbox(declared.table) / DECLARED)])
        for table in dict.fromkeys((history_table(declared), current_table(declared))):
            connection.execute(f"create table {table} as {empty}")
        remember = "insert into publication.declared_table values (?, ?)"
        connection.execute(remember, [declared.table, declared.schema_hash])


def create_artifact_views(
    connection: duckdb.DuckDBPyConnection, known: Sequence[Declaration]
) -> None:
    """The union of all derivatives."""
    for name, sql in artifact_views(known).items():
        connection.execute(f"create or replace view {quoted(name)} as {sql}")


def schema_hashes(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Table -> schema hash as the file has it. Raises duckdb.Error if the file is not ours."""
    return dict(connection.execute("from publication.declared_table").fetchall())


def apply_unseen(
    connection: duckdb.DuckDBPyConnection, store: RowStore, known: Iterable[Declaration]
) -> dict[str, dict[str, int]]:
    """Add every row that the file lacks, all or nothing.

    Returns table -> the ids of its new commits, with their rows. Raises InconsistentWarehouse when
    a table then holds other than the rows of its batches.
    """
    applied: dict[str, dict[str, int]] = {}
    connection.execute("begin")
    connection.execute(NOTES)
    for declared in known:
        seen = _seen(connection, declared)
        unseen = find_unseen(store, declared.table, seen)
        if unseen.batches:
            _apply(connection, store, declared, unseen, is_first=not seen)
        _check_rows(connection, declared)
        connection.execute(NOTE_TABLE, [declared.table, list(declared.key)])
        connection.execute(NOTE_BASES, [declared.table, list(unseen.looked_at)])
        applied[declared.table] = unseen.batches
    connection.execute("commit")
    return applied


def _seen(connection: duckdb.DuckDBPyConnection, declared: Declaration) -> frozenset[str]:
    return frozenset(seq for (seq,) in connection.execute(SEEN, [declared.table]).fetchall())


def _apply(
    connection: duckdb.DuckDBPyConnection,
    store: RowStore,
    declared: Declaration,
    unseen: UnseenRows,
    *,
    is_first: bool,
) -> None:
    sentinel = store.inbox(declared.table) / DECLARED
    history, current = history_table(declared), current_table(declared)
    if unseen.commits:
        rows = read_files(declared, map(exact, (sentinel, *unseen.commits)))
        connection.execute(INSERT_COMMITS.substitute(history=history, rows=rows))
    if unseen.folded:
        rows = read_files(declared, map(exact, (sentinel, *unseen.bases)))
        insert = INSERT_FOLDED.substitute(history=history, rows=rows)
        connection.execute(insert, [list(unseen.folded)])
    seqs = list(unseen.batches)
    names = {"history": history, "current": current, "newest": newest(declared)}
    if declared.key and is_first:
        connection.execute(FILL_CURRENT.substitute(names))
    elif declared.key:
        same_key = " and ".join(
            f"fresh.{quoted(k)} is not distinct from known.{quoted(k)}" for k in declared.key
        )
        connection.execute(MERGE_CURRENT.substitute(names, same_key=same_key), [seqs])
    connection.execute(REMEMBER, [declared.table, seqs, list(unseen.batches.values())])


def _check_rows(connection: duckdb.DuckDBPyConnection, declared: Declaration) -> None:
    (expected,) = connection.execute(EXPECTED_ROWS, [declared.table]).fetchall()[0]
    (found,) = connection.table(history_table(declared)).count("*").fetchall()[0]
    if found != expected:
        raise InconsistentWarehouse(f"{declared.table} has {found} rows, its batches {expected}")

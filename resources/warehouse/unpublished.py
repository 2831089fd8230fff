"""Which rows of the row store media.duckdb lacks: found by the names of files, without polars.

The same question as ``base_rows.find_unseen`` answers for a publication, asked by every command
that reads. Only a folded file that the publication did not know is opened, for the names of the
commits in it.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from resources.rows.row_paths import DECLARED, MANIFEST_KEY, declared_tables, row_files
from resources.warehouse.sql_text import exact

NOT_THERE = """
select asked.table_name, asked.name
from (select unnest(?::varchar[]) as table_name, unnest(?::varchar[]) as name) as asked
anti join {known} as known on asked.table_name = known.table_name and asked.name = known.{name}
"""
UNKNOWN_COMMITS = NOT_THERE.format(known="publication.batch", name="seq")
UNKNOWN_BASES = NOT_THERE.format(known="publication.base_file", name="name")
KEYS = "select table_name, key from publication.row_table"
HASHES = "select table_name, schema_hash from publication.declared_table"
MANIFESTS = "select file_name, value::blob from parquet_kv_metadata([{files}]) where key = ?::blob"

Named = tuple[str, str]
"""A table and the id of one of its files."""


@dataclass(frozen=True)
class UnpublishedRows:
    """What media.duckdb lacks of one table: whole commits, and commits inside folded files."""

    table: str
    key: tuple[str, ...]
    commits: Sequence[Path]
    bases: Sequence[Path]
    folded: Sequence[str]  # commit ids, to be read from ``bases``


def has_todays_tables(connection: duckdb.DuckDBPyConnection, rows: Path) -> bool:
    """Whether media.duckdb, the default database, has the tables that are declared today."""
    files = [rows / table / "inbox" / DECLARED for table in declared_tables(rows)]
    found = read_manifests(connection, files).values()
    declared = {str(one["table"]): one["schema_hash"] for one in found}
    return declared == dict(connection.execute(HASHES).fetchall())


def find_unpublished(connection: duckdb.DuckDBPyConnection, rows: Path) -> list[UnpublishedRows]:
    """What media.duckdb, the default database, lacks of ``rows``, table by table.

    Raises duckdb.CatalogException for a file that an older version of the program published.
    """
    keys = dict(connection.execute(KEYS).fetchall())
    bases, inbox = (files_by_name(rows, keys, folder) for folder in ("base", "inbox"))
    commits = unknown(connection, UNKNOWN_COMMITS, inbox)
    folded = folded_commits(connection, unknown(connection, UNKNOWN_BASES, bases))
    in_bases = {name: path for name, path in folded.items() if name not in commits}
    missing = unknown(connection, UNKNOWN_COMMITS, in_bases)
    found = []
    for table, key in keys.items():
        its_commits = [path for (name, _), path in commits.items() if name == table]
        its_folded = {seq: path for (name, seq), path in missing.items() if name == table}
        if its_commits or its_folded:
            needed = list(dict.fromkeys(its_folded.values()))
            found.append(UnpublishedRows(table, tuple(key), its_commits, needed, list(its_folded)))
    return found


def files_by_name(rows: Path, tables: Iterable[str], folder: str) -> dict[Named, Path]:
    """All files with rows in one folder of each table. ``base`` must be listed before ``inbox``."""
    return {
        (table, path.stem): path for table in tables for path in row_files(rows / table / folder)
    }


def unknown(
    connection: duckdb.DuckDBPyConnection, question: str, there: Mapping[Named, Path]
) -> dict[Named, Path]:
    """Those of the files or commits ``there`` that the publication does not know."""
    tables, names = [table for table, _ in there], [name for _, name in there]
    found = set(connection.execute(question, [tables, names]).fetchall())
    return {name: path for name, path in there.items() if name in found}


def folded_commits(
    connection: duckdb.DuckDBPyConnection, bases: Mapping[Named, Path]
) -> dict[Named, Path]:
    """The commits in folded files, each with the one file to read it from."""
    manifests = read_manifests(connection, bases.values())
    replaced = {(one["table"], name) for one in manifests.values() for name in one["replaces"]}
    return {
        (one["table"], seq): path
        for path, one in manifests.items()
        if (one["table"], path.stem) not in replaced
        for seq in one["folded"]
    }


def read_manifests(
    connection: duckdb.DuckDBPyConnection, files: Iterable[Path]
) -> dict[Path, dict[str, Any]]:
    """What files of the row store say of themselves. Raises duckdb.IOException for a lost one."""
    names = [exact(path) for path in files]
    if not names:
        return {}
    asked = MANIFESTS.format(files=", ".join(names))
    found = connection.execute(asked, [MANIFEST_KEY]).fetchall()
    return {Path(name): json.loads(content) for name, content in found}

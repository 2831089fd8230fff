"""Brings the search index up to date with media.duckdb, table by table; replaces what is broken.

Only rows that are new, changed or gone are touched. A table is quarantined and rebuilt when it
cannot be read (a zeroed manifest, a truncated or missing file, a foreign folder), or when it holds
one part of a source twice or other rows than it should; until its successor is complete the record
names the old one. Killed at any point, the next run compares again and goes on.
"""

import logging
import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import duckdb
import polars as pl

from media_assets.search.ranking.index_tables import IndexTable, kind_of
from media_assets.search.ranking.search_content import (
    KINDS,
    Content,
    Space,
    VectorKind,
    chosen_spaces,
    content_signature,
    read_spaces,
    wanted_contents,
)
from media_assets.search.ranking.search_index import (
    IndexedTable,
    IndexRecord,
    ServingSpace,
    publication_signature,
    read_record,
    remove_leftovers,
    reported_damages,
    set_aside,
    write_record,
    writing_index,
)
from media_assets.search.ranking.serving_space import in_use, serving_space
from resources.configuration.media_home import MediaHome
from resources.search.index_rows import KEY, VERSIONS, DamagedTable, RowKey
from resources.search.lance_table import column_types
from resources.warehouse.database_file import reading

if TYPE_CHECKING:
    import pyarrow as pa

ROWS_PER_BATCH = 10_000
"""512 float32 per row: 20 MB at a time."""

REBUILT_FROM_SHARE = 0.5
"""When more of a table changes than this, a new one is faster and leaves nothing to clean up."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Changes:
    """Rows to be written (new or changed; value = version), and rows to be removed."""

    written: Mapping[RowKey, str]
    new_count: int
    gone: Sequence[RowKey]


@dataclass(frozen=True)
class TableRefresh:
    """What was done to one table; ``healed`` says what was wrong with it."""

    name: str
    recorded: IndexedTable
    changes: Changes
    is_rebuilt: bool
    healed: str | None
    seconds: float


@dataclass(frozen=True)
class IndexRefresh:
    """What one refresh did, and what the index holds now."""

    tables: Sequence[TableRefresh]
    record: IndexRecord
    size_bytes: int
    seconds: float


def refresh_index(home: MediaHome) -> IndexRefresh:
    """Make the index hold what media.duckdb holds; harmless when repeated.

    Raises duckdb.Error when media.duckdb cannot be read, DamagedTable when a table cannot be
    written, not even a new one (a full disk).
    """
    started = time.monotonic()
    with writing_index(home):
        publication = publication_signature(home.warehouse)
        with reading(home.warehouse) as connection:
            signature = content_signature(connection)
            spaces = {kind: read_spaces(connection, kind) for kind in KINDS}
            by_hand = chosen_spaces(connection)
            serving = serving_spaces(read_record(home), spaces, by_hand)
            kept = {
                kind: in_use(serving[kind].space, spaces[kind]) for kind in KINDS if spaces[kind]
            }
            contents = wanted_contents(connection, kept)
            refreshed = [
                refresh_table(home, connection, name, content) for name, content in contents.items()
            ]
        record = IndexRecord(
            content=signature,
            publication=publication,
            serving=serving,
            tables={one.name: one.recorded for one in refreshed},
        )
        write_record(home, record)
        remove_leftovers(home, record)
    size = sum(path.stat().st_size for path in home.search_index.rglob("*") if path.is_file())
    return IndexRefresh(refreshed, record, size, time.monotonic() - started)


def serving_spaces(
    record: IndexRecord,
    spaces: Mapping[VectorKind, Sequence[Space]],
    by_hand: Mapping[str, str],
) -> dict[str, ServingSpace]:
    """The space that answers searches, of each kind that has any."""
    serving: dict[str, ServingSpace] = {}
    for kind, found in spaces.items():
        if found:
            before = record.serving.get(kind)
            current = before.space if before else None
            chosen = serving_space(current, found, by_hand.get(kind))
            serving[kind] = ServingSpace(space=chosen.name, model=chosen.model)
    return serving


def refresh_table(
    home: MediaHome, connection: duckdb.DuckDBPyConnection, name: str, content: Content
) -> TableRefresh:
    """Bring one table up to date, or make it again, and record it."""
    started = time.monotonic()
    wanted = versions_wanted(connection, content)
    record = read_record(home)
    healed = None
    try:
        updated = update_known(home, connection, name, content, wanted)
    except DamagedTable as error:
        healed, updated = str(error), None
        _log.warning("%s of the search index is made again: %s", name, error)
    table, changes = updated or build(home, connection, name, content, wanted)
    recorded = IndexedTable(
        lance_table=table.name, row_count=wanted.height, written_at=datetime.now(UTC)
    )
    tables = {**record.tables, name: recorded}
    write_record(home, record.model_copy(update={"tables": tables}))
    if healed:
        set_aside(home, record.tables[name].lance_table)
    seconds = time.monotonic() - started
    return TableRefresh(name, recorded, changes, updated is None, healed, seconds)


def update_known(
    home: MediaHome,
    connection: duckdb.DuckDBPyConnection,
    name: str,
    content: Content,
    wanted: pl.DataFrame,
) -> tuple[IndexTable, Changes] | None:
    """The recorded table with only its changes applied; None when it is better made again.

    Raises DamagedTable.
    """
    known = read_record(home).tables.get(name)
    if known is None:
        return None
    if known.lance_table in reported_damages(home):
        raise DamagedTable(f"{known.lance_table}: a search could not read it")
    table = kind_of(name)(home.search_index, known.lance_table)
    there = checked_versions(table, connection, content)
    changes = compare(there, wanted)
    if len(changes.written) > REBUILT_FROM_SHARE * wanted.height:
        return None
    if changes.written or changes.gone:
        table.upsert(rows_of(connection, content, changes.written))
        table.delete(changes.gone)
    table.maintain()
    verify(table, wanted)
    return table, changes


def build(
    home: MediaHome,
    connection: duckdb.DuckDBPyConnection,
    name: str,
    content: Content,
    wanted: pl.DataFrame,
) -> tuple[IndexTable, Changes]:
    """The table made again under a name of its own. Raises DamagedTable."""
    changes = Changes(versions_by_key(wanted), wanted.height, ())
    lance_table = f"{name}-{secrets.token_hex(4)}"
    with all_rows(connection, content, changes.written) as reader:
        table = kind_of(name).create(home.search_index, lance_table, reader)
    table.maintain()
    verify(table, wanted)
    return table, changes


def versions_wanted(connection: duckdb.DuckDBPyConnection, content: Content) -> pl.DataFrame:
    """source_id, part and version of every row that the table should have."""
    rows = connection.execute(content.versions).fetchall()
    return pl.DataFrame(rows, schema=VERSIONS, orient="row")


def checked_versions(
    table: IndexTable, connection: duckdb.DuckDBPyConnection, content: Content
) -> pl.DataFrame:
    """source_id, part and version of every row that it has.

    Raises DamagedTable for other columns than ours, and for a key that is there twice.
    """
    with all_rows(connection, content, {}) as reader:
        expected = column_types(reader.schema)
    if table.columns != expected:
        raise DamagedTable(f"{table.name} has the columns {table.columns}, not {expected}")
    there = table.versions()
    if there.select(KEY).is_duplicated().any():
        raise DamagedTable(f"{table.name} holds a part of a source twice")
    return there


def compare(there: pl.DataFrame, wanted: pl.DataFrame) -> Changes:
    """What has to be done to a table with the rows ``there``."""
    known = there.rename({"version": "known_version"})
    joined = wanted.join(known, on=KEY, how="left")
    differs = pl.col("known_version").ne_missing(pl.col("version"))
    written = joined.filter(differs)
    gone = there.join(wanted, on=KEY, how="anti").select(KEY).rows()
    new_count = written["known_version"].null_count()
    return Changes(versions_by_key(written), new_count, gone)


def versions_by_key(frame: pl.DataFrame) -> dict[RowKey, str]:
    """(source_id, part) -> version."""
    rows = frame.select(*VERSIONS).iter_rows()
    return {(source_id, part): version for source_id, part, version in rows}


def verify(table: IndexTable, wanted: pl.DataFrame) -> None:
    """Raise DamagedTable unless the table has as many rows as wanted."""
    found = table.row_count()
    if found != wanted.height:
        raise DamagedTable(f"{table.name} has {found} rows where {wanted.height} belong")


def rows_of(
    connection: duckdb.DuckDBPyConnection, content: Content, written: Mapping[RowKey, str]
) -> "Iterator[pa.RecordBatch]":
    """The rows to be written, batch by batch."""
    if written:
        with all_rows(connection, content, written) as reader:
            yield from reader


@contextmanager
def all_rows(
    connection: duckdb.DuckDBPyConnection, content: Content, written: Mapping[RowKey, str]
) -> "Iterator[pa.RecordBatchReader]":
    """The whole rows of these versions, as Arrow batches that are read while the block runs."""
    versions = [(*key, version) for key, version in written.items()]
    frame = pl.DataFrame(versions, schema=VERSIONS, orient="row")
    connection.register("wanted_versions", frame)
    try:
        yield connection.sql(content.rows).to_arrow_reader(ROWS_PER_BATCH)
    finally:
        connection.unregister("wanted_versions")

"""Dagster's event log on SQLite: every event once, in one file, and batches that are batches.

Stock Dagster writes each event into a file of its run and, when it is about an asset, into an index
as well, each time on several fresh connections: 24 ms per source and asset. Here all is in the
index, packed (``packed_events``), and a batch is one transaction: 0.4 ms, and a quarter of the
space (``python -m benchmarks.dagster_cost``). What Dagster reads is the same.

- A connection per file is kept open. A file is then not changed with every event (SQLite's log
  beside it is), so a run is watched by polling, as Dagster does on PostgreSQL.
- A run that has a file of its own, from an older version or stock Dagster, is read from there, and
  what comes to it is written the stock way.
- Anything but the four event types that Dagster batches is written one by one.

Uses internals of dagster 1.13: ``_connect``, ``_event_to_row``, ``_store_asset_event``,
``_store_asset_event_tags`` and ``_delete_mirrored_events_for_asset_key``.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import sqlalchemy
from dagster import AssetKey, DagsterEventType, EventLogRecord
from dagster._core.event_api import EventHandlerFn, EventRecordsFilter
from dagster._core.events import ASSET_EVENTS
from dagster._core.events.log import EventLogEntry
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.event_log.polling_event_watcher import SqlPollingEventWatcher
from dagster._core.storage.event_log.schema import SqlEventLogStorageTable
from dagster._core.storage.event_log.sql_event_log import SqlEventLogStorage
from dagster._core.storage.sql import create_engine
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._serdes import ConfigurableClassData
from sqlalchemy import Connection, Engine
from sqlalchemy.pool import QueuePool

from resources.orchestration.event_rows import Row, event_rows, packed

BATCHED_TYPES = frozenset(
    {
        DagsterEventType.ASSET_MATERIALIZATION,
        DagsterEventType.ASSET_OBSERVATION,
        DagsterEventType.ASSET_MATERIALIZATION_PLANNED,
        DagsterEventType.ASSET_CHECK_EVALUATION_PLANNED,
    }
)
ASSET_TYPES = frozenset(kind.value for kind in ASSET_EVENTS)
TAGGED_TYPES = frozenset(
    {
        DagsterEventType.ASSET_MATERIALIZATION.value,
        DagsterEventType.ASSET_OBSERVATION.value,
    }
)
INDEX = "index"
OPEN_SHARDS = 8
"""Files kept open: the index, the runs in progress and those looked at. The oldest is closed."""

ROWS_PER_VALUE = {
    "idx_events_by_run_id": "5000 1",
    "idx_event_type": "400000 1",
    "idx_step_key": "60000",
    "idx_events_by_asset": "60000 30000 1",
    "idx_events_by_asset_partition": "60000 30000 2 1",
}
"""Index of ``event_logs`` -> how many of a million events agree in its first column, its first two,
and so on, in a home of some 30,000 sources. Without it SQLite looks for the materializations of a
run among those of all runs."""

Stored = tuple[EventLogEntry, Row, int]
"""An event, its row and its id."""

insert_events = SqlEventLogStorageTable.insert()
select_last_id = sqlalchemy.select(sqlalchemy.func.max(SqlEventLogStorageTable.c.id))


@dataclass(frozen=True)
class Shard:
    """One open database file; ``inode`` says whether the path still means that file."""

    engine: Engine
    inode: int


class BatchingSqliteEventLogStorage(SqliteEventLogStorage):
    """SqliteEventLogStorage with batched writes and kept connections; named in dagster.yaml."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._shards: OrderedDict[str, Shard] = OrderedDict()
        self._open: dict[str, Connection] = {}
        self._known_tables: set[str] = set()
        super().__init__(base_dir, inst_data)
        self._db_lock: Any = threading.RLock()
        self._watcher = SqlPollingEventWatcher(self)
        with self.index_connection() as index:
            tell_sizes(index)

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> Self:
        """Called by Dagster with the ``config`` of dagster.yaml: ``base_dir``, a folder."""
        return cls(inst_data=inst_data, base_dir=config_value["base_dir"])

    def run_connection(self, run_id: str | None = None) -> AbstractContextManager[Connection]:
        """A connection to the file that holds the run's events."""
        if run_id is not None and self._has_own_file(run_id):
            return self._connect(run_id)
        return self._connect(INDEX)

    def _has_own_file(self, run_id: str) -> bool:
        return Path(self.path_for_shard(run_id)).exists()

    @property
    def is_run_sharded(self) -> bool:
        """Whether Dagster must look for events run by run; the files of old runs need no look."""
        return False

    def store_event(self, event: EventLogEntry) -> None:
        """Store one event in one transaction."""
        if self._has_own_file(event.run_id):
            super().store_event(event)
            return
        with self.index_connection():
            SqlEventLogStorage.store_event(self, event)

    def store_event_batch(self, events: Sequence[EventLogEntry]) -> None:
        """Store events of one run in one transaction; other events the stock way."""
        if not is_batch_of_one_run(events) or self._has_own_file(events[0].run_id):
            super().store_event_batch(events)
            return
        rows = [packed(row) for row in event_rows(events, super()._event_to_row)]
        with self.index_connection() as index:
            index.execute(insert_events, rows)
            # SQLite has one writer at a time, so a transaction's ids are consecutive.
            last_id: int = index.execute(select_last_id).scalar_one()
            event_ids = range(last_id - len(rows) + 1, last_id + 1)
            stored = list(zip(events, rows, event_ids, strict=True))
            self._store_asset_event_tags(index, *tagged(stored))
            for event, event_id in latest_per_asset(stored):
                self._store_asset_event(index, event, event_id)
            for event, event_id in planned_checks(stored):
                self.store_asset_check_event(event, event_id)

    def _event_to_row(self, event: EventLogEntry) -> Row:
        return packed(super()._event_to_row(event))

    def get_event_records(
        self,
        event_records_filter: EventRecordsFilter,
        limit: int | None = None,
        ascending: bool = False,
    ) -> Sequence[EventLogRecord]:
        """Events of all runs."""
        return SqlEventLogStorage.get_event_records(self, event_records_filter, limit, ascending)

    def _delete_mirrored_events_for_asset_key(self, asset_key: AssetKey) -> None:
        """Nothing: when an asset is wiped, its runs keep their logs, as on PostgreSQL."""

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        """A connection in a transaction; within a batch, the one that the batch has open."""
        with self._db_lock:
            if shard in self._open:
                yield self._open[shard]
                return
            with self._engine(shard).begin() as connection:
                self._open[shard] = connection
                try:
                    yield connection
                finally:
                    del self._open[shard]

    def _engine(self, shard: str) -> Engine:
        """The kept engine of a file, opened (and its tables made) when it is not yet."""
        path = Path(self.path_for_shard(shard))
        known = self._shards.get(shard)
        if known and path.exists() and path.stat().st_ino == known.inode:
            self._shards.move_to_end(shard)
            return known.engine
        if known:  # another process wiped the storage: the kept file is no longer the one in use
            self._close(shard)
            self._initialized_dbs.discard(shard)
        engine = create_engine(
            self.conn_string_for_shard(shard),
            poolclass=QueuePool,
            pool_size=1,
            connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS, "check_same_thread": False},
        )
        if shard not in self._initialized_dbs:
            self._initdb(engine)
            self._initialized_dbs.add(shard)
        self._shards[shard] = Shard(engine, path.stat().st_ino)
        self._close_oldest()
        return engine

    def _close_oldest(self) -> None:
        idle = [shard for shard in self._shards if shard != INDEX and shard not in self._open]
        for shard in idle[: max(0, len(self._shards) - OPEN_SHARDS)]:
            self._close(shard)

    def _close(self, shard: str) -> None:
        self._shards.pop(shard).engine.dispose()

    def _close_all(self) -> None:
        with self._db_lock:
            for shard in list(self._shards):
                self._close(shard)

    def has_table(self, table_name: str) -> bool:
        """Whether the index has the table; a yes is remembered, as tables are never dropped."""
        if table_name not in self._known_tables and super().has_table(table_name):
            self._known_tables.add(table_name)
        return table_name in self._known_tables

    def watch(self, run_id: str, cursor: str | None, callback: EventHandlerFn) -> None:
        """Call ``callback`` with each new event of the run."""
        self._watcher.watch_run(run_id, cursor, callback)

    def end_watch(self, run_id: str, handler: EventHandlerFn) -> None:
        """Stop calling ``handler``."""
        self._watcher.unwatch_run(run_id, handler)

    def wipe(self) -> None:
        """Delete every event."""
        self._close_all()
        super().wipe()

    def dispose(self) -> None:
        """Stop watching and close every file."""
        self._watcher.close()
        super().dispose()
        self._close_all()


def is_batch_of_one_run(events: Sequence[EventLogEntry]) -> bool:
    """Whether the batch holds nothing but batchable asset events of one run."""
    types = {event.dagster_event_type for event in events if event.is_dagster_event}
    all_understood = all(event.is_dagster_event for event in events) and types <= BATCHED_TYPES
    run_ids = {event.run_id for event in events}
    return all_understood and len(run_ids) == 1 and "" not in run_ids


def tagged(stored: Sequence[Stored]) -> tuple[list[EventLogEntry], list[int]]:
    """The events whose tags Dagster keeps in a table, and their ids."""
    found = [
        (event, event_id)
        for event, row, event_id in stored
        if row["dagster_event_type"] in TAGGED_TYPES
    ]
    return [event for event, _ in found], [event_id for _, event_id in found]


def latest_per_asset(stored: Iterable[Stored]) -> list[tuple[EventLogEntry, int]]:
    """The last event per asset and type, in order, each with its id.

    Each type overwrites the same columns of the asset's one row, so these leave it as if every
    event had been applied.
    """
    latest: dict[tuple[str, str], tuple[EventLogEntry, int]] = {}
    for event, row, event_id in stored:
        if row["dagster_event_type"] in ASSET_TYPES and row["asset_key"]:
            key = row["asset_key"], row["dagster_event_type"]
            latest.pop(key, None)
            latest[key] = event, event_id
    return list(latest.values())


def planned_checks(stored: Iterable[Stored]) -> list[tuple[EventLogEntry, int]]:
    """The events that announce an asset check, each with its id."""
    return [
        (event, event_id)
        for event, row, event_id in stored
        if row["dagster_event_type"] == DagsterEventType.ASSET_CHECK_EVALUATION_PLANNED.value
    ]


def tell_sizes(index: Connection) -> None:
    """Store ROWS_PER_VALUE where SQLite's planner looks, unless something is there already."""
    if sqlalchemy.inspect(index).has_table("sqlite_stat1"):
        return
    index.exec_driver_sql("analyze secondary_indexes")  # a tiny table: it makes sqlite_stat1
    sizes = [(name, f"1000000 {rows}") for name, rows in ROWS_PER_VALUE.items()]
    index.exec_driver_sql("insert into sqlite_stat1 values ('event_logs', ?, ?)", sizes)
    index.exec_driver_sql("analyze sqlite_schema")  # reads them

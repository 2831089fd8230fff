"""Dagster's storage on PostgreSQL: planned events batched, connections kept, any URL accepted.

Stock Dagster batches materializations here, but writes the planned events (one per source and asset
at the start of each run) one by one on fresh connections: 20 ms each, now 0.2 ms. Events are
packed (``packed_events``).

- The events are committed before the tables derived from them, as stock Dagster does: ids must
  become visible quickly and in order, because sensors read on from the last id they saw.
- SQLAlchemy 2.1 reads ``postgresql://`` as psycopg 3, which dagster-postgres does not install
  (dagster issue 33958); such URLs are read as psycopg2 here.
- ``MediaPostgresRunStorage`` and ``MediaPostgresScheduleStorage`` are the stock classes with that
  reading of the URL and nothing else.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Self

import sqlalchemy.pool
from dagster._core.events.log import EventLogEntry
from dagster._core.storage.event_log.schema import SqlEventLogStorageTable
from dagster._serdes import ConfigurableClassData
from dagster_postgres.event_log import PostgresEventLogStorage
from dagster_postgres.run_storage import PostgresRunStorage
from dagster_postgres.schedule_storage import PostgresScheduleStorage
from dagster_postgres.utils import (
    create_pg_engine,
    get_token_provider_from_config,
    pg_url_from_config,
)

from resources.orchestration.event_rows import Row, event_rows, packed
from resources.orchestration.event_storage import (
    is_batch_of_one_run,
    latest_per_asset,
    planned_checks,
    tagged,
)

KEPT_CONNECTIONS = 2
"""Per process: storing asset events needs a second one while the first is in a transaction."""

insert_events = SqlEventLogStorageTable.insert().returning(
    SqlEventLogStorageTable.c.id, sort_by_parameter_order=True
)

PLAIN_DRIVERS = frozenset({"postgres", "postgresql"})


def psycopg2_url(url: str) -> str:
    """The PostgreSQL URL with its driver named; a URL that names a driver is left as it is."""
    parsed = sqlalchemy.make_url(url.replace("postgres://", "postgresql://", 1))
    if parsed.drivername in PLAIN_DRIVERS:
        parsed = parsed.set(drivername="postgresql+psycopg2")
    return parsed.render_as_string(hide_password=False)


def storage_arguments(
    inst_data: ConfigurableClassData | None, config: Mapping[str, Any]
) -> dict[str, Any]:
    """The constructor arguments that the three storages read from dagster.yaml."""
    return {
        "inst_data": inst_data,
        "postgres_url": psycopg2_url(pg_url_from_config(config)),
        "should_autocreate_tables": config.get("should_autocreate_tables", True),
        "token_provider": get_token_provider_from_config(config),
    }


class BatchingPostgresEventLogStorage(PostgresEventLogStorage):
    """PostgresEventLogStorage that batches planned events too; named in dagster.yaml."""

    def __init__(self, postgres_url: str, **options: Any) -> None:
        super().__init__(psycopg2_url(postgres_url), **options)
        self._known_tables: set[str] = set()
        self._engine = create_pg_engine(
            self.postgres_url,
            self._token_provider,
            isolation_level="AUTOCOMMIT",
            poolclass=sqlalchemy.pool.QueuePool,
            pool_size=KEPT_CONNECTIONS,
            max_overflow=-1,  # a limit could make threads wait for each other's second connection
            pool_pre_ping=True,  # the server may have been restarted since
        )

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> Self:
        """Called by Dagster with the ``config`` of dagster.yaml."""
        return cls(**storage_arguments(inst_data, config_value))

    def store_event_batch(self, events: Sequence[EventLogEntry]) -> None:
        """Store events of one run with one insert; other events the stock way."""
        if not is_batch_of_one_run(events):
            super().store_event_batch(events)
            return
        rows = [packed(row) for row in event_rows(events, super()._event_to_row)]
        with self.index_transaction() as connection:
            event_ids = connection.scalars(insert_events, rows).all()
        # Concurrent runs lock the assets' rows in the same order, or they could wait in a circle.
        stored = list(zip(events, rows, event_ids, strict=True))
        latest = sorted(latest_per_asset(stored), key=asset_of)
        with self.index_transaction() as connection:
            self._store_asset_event_tags(connection, *tagged(stored))
            for event, event_id in latest:
                self._store_asset_event(connection, event, event_id)
        for event, event_id in planned_checks(stored):
            self.store_asset_check_event(event, event_id)

    def _event_to_row(self, event: EventLogEntry) -> Row:
        return packed(super()._event_to_row(event))

    def has_table(self, table_name: str) -> bool:
        """Whether the table exists; a yes is remembered, as tables are never dropped."""
        if table_name not in self._known_tables and super().has_table(table_name):
            self._known_tables.add(table_name)
        return table_name in self._known_tables

    def dispose(self) -> None:
        """Stop watching and close the kept connections."""
        super().dispose()
        self._engine.dispose()


class MediaPostgresRunStorage(PostgresRunStorage):
    """PostgresRunStorage that accepts plain ``postgresql://`` URLs."""

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> Self:
        """Called by Dagster with the ``config`` of dagster.yaml."""
        return cls(**storage_arguments(inst_data, config_value))


class MediaPostgresScheduleStorage(PostgresScheduleStorage):
    """PostgresScheduleStorage that accepts plain ``postgresql://`` URLs."""

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> Self:
        """Called by Dagster with the ``config`` of dagster.yaml."""
        return cls(**storage_arguments(inst_data, config_value))


def asset_of(pair: tuple[EventLogEntry, int]) -> str:
    """Sort key: the asset of an event (the sort is stable, so its events keep their order)."""
    key = pair[0].get_dagster_event().asset_key
    return key.to_string() if key else ""

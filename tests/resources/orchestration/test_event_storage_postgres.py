"""PostgreSQL: the rows of stock Dagster, in few statements, from many writers, by any URL."""

import threading
from collections.abc import Iterator

import pytest
import sqlalchemy
from dagster._core.events.log import EventLogEntry
from dagster_postgres.event_log import PostgresEventLogStorage

from resources.orchestration.event_storage_postgres import (
    BatchingPostgresEventLogStorage,
    MediaPostgresRunStorage,
    MediaPostgresScheduleStorage,
    psycopg2_url,
)
from tests.support.dagster_samples import (
    batches,
    counted_statements,
    event,
    planned_and_materialized,
    stored_rows,
)


@pytest.fixture
def storage(database_url: str) -> Iterator[BatchingPostgresEventLogStorage]:
    opened = BatchingPostgresEventLogStorage(database_url)
    yield opened
    opened.dispose()


@pytest.fixture
def second_database_url(postgres_url: str, database_url: str) -> str:
    """A second empty database on the same server."""
    engine = sqlalchemy.create_engine(psycopg2_url(postgres_url), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        name = sqlalchemy.make_url(database_url).database
        connection.execute(sqlalchemy.text(f"create database {name}_stock"))
    engine.dispose()
    return database_url.replace("?", "_stock?")


@batches
def test_a_batch_leaves_the_rows_that_stock_dagster_leaves(
    storage: BatchingPostgresEventLogStorage, second_database_url: str, batch: list[EventLogEntry]
) -> None:
    stock = PostgresEventLogStorage(psycopg2_url(second_database_url))
    ready = [one for one in batch if one.get_dagster_event().event_type_value != "PIPELINE_START"]
    for one in (stock, storage):
        one.store_event_batch(ready)
        one.store_event_batch([event("planned", run_id="later", asset="later", at=9)])

    assert stored_rows(storage._engine) == stored_rows(stock._engine)


@pytest.mark.parametrize("count", [50, 500])
@pytest.mark.parametrize("position", [0, 1], ids=["planned", "materialized"])
def test_a_batch_takes_the_same_few_statements_whatever_its_size(
    storage: BatchingPostgresEventLogStorage, count: int, position: int
) -> None:
    storage.store_event_batch([event("materialized", asset="warm", at=n) for n in range(2)])
    batch = planned_and_materialized(count)[position]
    with counted_statements() as statements:
        storage.store_event_batch(batch)

    assert len(statements) <= 6
    assert len(storage.get_logs_for_run("run")) == count + 2


def test_writers_of_the_same_assets_do_not_block_each_other_for_ever(
    storage: BatchingPostgresEventLogStorage,
) -> None:
    """Rows locked in opposite orders would be a deadlock, which PostgreSQL breaks by an error."""
    failures: list[Exception] = []

    def write(run_id: str, assets: list[str]) -> None:
        try:
            for at in range(20):
                batch = [event("planned", run_id=run_id, asset=name, at=at) for name in assets]
                storage.store_event_batch(batch)
        except sqlalchemy.exc.SQLAlchemyError as error:
            failures.append(error)

    names = [f"asset{n}" for n in range(10)]
    orders = {"up": names, "down": names[::-1], "up again": names}
    threads = [threading.Thread(target=write, args=order) for order in orders.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    assert all(len(storage.get_logs_for_run(run_id)) == 200 for run_id in orders)


def test_connections_are_kept_and_reopened_after_the_server_closed_them(
    storage: BatchingPostgresEventLogStorage,
) -> None:
    def backend() -> int:
        with storage.index_connection() as connection:
            return int(connection.execute(sqlalchemy.text("select pg_backend_pid()")).scalar_one())

    first = backend()
    assert backend() == first

    other = BatchingPostgresEventLogStorage(storage.postgres_url)
    with other.index_connection() as connection:
        connection.execute(sqlalchemy.text(f"select pg_terminate_backend({first})"))
    other.dispose()

    assert backend() != first


def test_run_and_schedule_storage_accept_a_plain_url(database_url: str) -> None:
    config = {"postgres_url": database_url}
    assert MediaPostgresRunStorage.from_config_value(None, config).get_runs() == []
    assert (
        list(MediaPostgresScheduleStorage.from_config_value(None, config).all_instigator_state())
        == []
    )


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql://u:p%40ss@h:5/d?x=1", "postgresql+psycopg2://u:p%40ss@h:5/d?x=1"),
        ("postgres://h/d", "postgresql+psycopg2://h/d"),
        ("postgresql+psycopg2://h/d", "postgresql+psycopg2://h/d"),
        ("postgresql+pg8000://h/d", "postgresql+pg8000://h/d"),
    ],
    ids=["plain", "old_scheme", "named", "another_driver"],
)
def test_the_driver_is_named_unless_the_user_named_one(url: str, expected: str) -> None:
    assert psycopg2_url(url) == expected

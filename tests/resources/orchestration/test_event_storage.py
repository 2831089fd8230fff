"""Our SQLite event log says what the stock one says, in few statements, from many writers."""

import queue
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
import sqlalchemy
from dagster._core.event_api import EventRecordsFilter
from dagster._core.events.log import EventLogEntry
from dagster._core.storage.event_log import SqliteEventLogStorage

from resources.orchestration.event_storage import OPEN_SHARDS, BatchingSqliteEventLogStorage
from tests.support.child_processes import started
from tests.support.dagster_samples import (
    batches,
    counted_statements,
    event,
    ids_by_asset,
    planned_and_materialized,
    stored_rows,
)

WRITER = """
import sys
from resources.orchestration.event_storage import BatchingSqliteEventLogStorage
from tests.support.dagster_samples import planned_and_materialized
storage = BatchingSqliteEventLogStorage(sys.argv[1])
for _ in range(5):
    for batch in planned_and_materialized(20, run_id=sys.argv[2]):
        storage.store_event_batch(batch)
"""

ACKNOWLEDGER = """
import itertools, sys
from resources.orchestration.event_storage import BatchingSqliteEventLogStorage
from tests.support.dagster_samples import planned_and_materialized
storage = BatchingSqliteEventLogStorage(sys.argv[1])
print("ready", flush=True)
for number in itertools.count():
    for batch in planned_and_materialized(50, run_id=f"run{number}"):
        storage.store_event_batch(batch)
        print(number, flush=True)
"""


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[BatchingSqliteEventLogStorage]:
    opened = BatchingSqliteEventLogStorage(str(tmp_path / "ours"))
    yield opened
    opened.dispose()


def rows_on_disk(folder: Path) -> dict[str, object]:
    """The rows of every file of the folder, by file name."""
    found: dict[str, object] = {}
    for path in folder.glob("*.db"):
        engine = sqlalchemy.create_engine(f"sqlite:///{path}")
        found[path.name] = stored_rows(engine)
        engine.dispose()
    return found


def assert_same(folder: Path, run_ids: set[str]) -> None:
    """Assert that the index and the logs of the runs are in ``ours`` what they are in ``stock``."""
    assert rows_on_disk(folder / "ours").keys() == {"index.db"}
    assert rows_on_disk(folder / "ours")["index.db"] == rows_on_disk(folder / "stock")["index.db"]
    ours = BatchingSqliteEventLogStorage(str(folder / "ours"))
    stock = SqliteEventLogStorage(str(folder / "stock"))
    for run_id in run_ids:
        assert ours.get_logs_for_run(run_id) == stock.get_logs_for_run(run_id)
        assert ours.get_stats_for_run(run_id) == stock.get_stats_for_run(run_id)
        partitions = stock.get_asset_partitions_for_run(run_id)
        assert ours.get_asset_partitions_for_run(run_id) == partitions
    ours.dispose()


@batches
def test_a_batch_says_what_stock_dagster_says(
    storage: BatchingSqliteEventLogStorage, tmp_path: Path, batch: list[EventLogEntry]
) -> None:
    stock = SqliteEventLogStorage(str(tmp_path / "stock"))
    for one in (stock, storage):
        one.store_event_batch(batch)
        one.store_event_batch([event("planned", run_id="later", asset="later", at=9)])

    assert_same(tmp_path, {"later", *(one.run_id for one in batch)})


def test_single_events_say_what_stock_dagster_says(
    storage: BatchingSqliteEventLogStorage, tmp_path: Path
) -> None:
    stock = SqliteEventLogStorage(str(tmp_path / "stock"))
    for kind in ("started", "planned", "check", "observed", "materialized"):
        for one in (stock, storage):
            one.store_event(event(kind))

    assert_same(tmp_path, {"run"})


@pytest.mark.parametrize("kind", ["planned", "started"], ids=["asset_event", "run_event"])
def test_events_are_found_across_runs(storage: BatchingSqliteEventLogStorage, kind: str) -> None:
    for run_id in ("a", "b"):
        storage.store_event_batch([event(kind, run_id=run_id, at=at) for at in (1, 2)])
    event_type = event(kind).get_dagster_event().event_type

    found = storage.get_event_records(EventRecordsFilter(event_type), ascending=True)

    assert [record.event_log_entry.run_id for record in found] == ["a", "a", "b", "b"]


def test_a_run_of_an_older_version_is_read_and_continued(
    storage: BatchingSqliteEventLogStorage, tmp_path: Path
) -> None:
    """Its events lie in a file of its own; it may be under way when the program changes."""
    old = SqliteEventLogStorage(str(tmp_path / "ours"))
    stock = SqliteEventLogStorage(str(tmp_path / "stock"))
    planned, materialized = planned_and_materialized(3)
    for one in (old, stock):
        one.store_event_batch([event("started"), *planned])
    assert storage.get_logs_for_run("run") == stock.get_logs_for_run("run")

    for later in (storage, stock):
        later.store_event_batch(materialized)
        later.store_event_batch([event("planned", run_id="new", at=at) for at in (4, 5)])

    for run_id in ("run", "new"):
        assert storage.get_logs_for_run(run_id) == stock.get_logs_for_run(run_id)
    assert rows_on_disk(tmp_path / "ours").keys() == {"index.db", "run.db"}
    assert (
        rows_on_disk(tmp_path / "ours")["index.db"] == rows_on_disk(tmp_path / "stock")["index.db"]
    )


@pytest.mark.parametrize("is_old", [False, True], ids=["new", "of_an_older_version"])
def test_a_deleted_run_leaves_no_event(
    storage: BatchingSqliteEventLogStorage, tmp_path: Path, *, is_old: bool
) -> None:
    writer = SqliteEventLogStorage(str(tmp_path / "ours")) if is_old else storage
    for run_id in ("gone", "kept"):
        writer.store_event_batch([event("materialized", run_id=run_id, at=at) for at in (1, 2)])

    storage.delete_events("gone")

    assert storage.get_logs_for_run("gone") == []
    assert len(storage.get_logs_for_run("kept")) == len(ids_by_asset(storage, "thumb")) == 2
    index = rows_on_disk(tmp_path / "ours")["index.db"]
    assert len(index["asset_event_tags"]) == 2  # type: ignore[index]


def test_the_log_of_a_run_outlives_a_wiped_asset(storage: BatchingSqliteEventLogStorage) -> None:
    """Stock Dagster keeps it in the run's file."""
    storage.store_event_batch([event("materialized", image=f"i{n}", at=n) for n in range(3)])
    key = dg.AssetKey(["image", "thumb"])
    assert storage.get_materialized_partitions(key) == {"i0", "i1", "i2"}

    storage.wipe_asset(key)

    assert storage.get_materialized_partitions(key) == set()
    assert len(storage.get_logs_for_run("run")) == 3


@pytest.mark.parametrize("count", [50, 500])
def test_a_batch_takes_the_same_few_statements_whatever_its_size(
    storage: BatchingSqliteEventLogStorage, count: int
) -> None:
    planned, materialized = planned_and_materialized(count)
    storage.store_event_batch(planned)
    with counted_statements() as statements:
        storage.store_event_batch(materialized)

    assert len(statements) <= 12
    assert len(ids_by_asset(storage, "thumb")) == count


@pytest.mark.parametrize("is_opened_again", [False, True], ids=["new", "opened_again"])
def test_the_events_of_a_run_are_found_without_a_look_at_other_runs(
    storage: BatchingSqliteEventLogStorage, tmp_path: Path, *, is_opened_again: bool
) -> None:
    """All runs share a file, and there are a thousand times as many materializations."""
    reader = BatchingSqliteEventLogStorage(str(tmp_path / "ours")) if is_opened_again else storage
    of_run = "explain query plan select event from event_logs where run_id = 'run'"
    of_type = "and dagster_event_type in ('ASSET_MATERIALIZATION') order by id"
    with reader.index_connection() as index:
        [(*_, plan)] = index.execute(sqlalchemy.text(f"{of_run} {of_type}")).all()
    assert "idx_events_by_run_id" in plan
    reader.dispose()


def test_nothing_of_a_batch_is_stored_when_the_index_cannot_be_written(
    storage: BatchingSqliteEventLogStorage, tmp_path: Path
) -> None:
    """Dagster then stores the events one by one: rows left behind would be there twice."""
    storage.store_event_batch([event("materialized", at=1)])
    before = rows_on_disk(tmp_path / "ours")
    with storage.index_connection() as index:
        index.execute(sqlalchemy.text("drop table asset_event_tags"))
        index.execute(sqlalchemy.text("create table asset_event_tags (other integer)"))

    with pytest.raises(sqlalchemy.exc.OperationalError, match="asset_event_tags"):
        storage.store_event_batch([event("materialized", at=n) for n in (2, 3)])

    with storage.index_connection() as index:
        index.execute(sqlalchemy.text("drop table asset_event_tags"))
        index.execute(sqlalchemy.text(f"create table asset_event_tags ({TAG_COLUMNS})"))
    after = rows_on_disk(tmp_path / "ours")
    assert after.keys() == before.keys() == {"index.db"}
    assert [*after["index.db"]["event_logs"]] == [*before["index.db"]["event_logs"]]  # type: ignore[index]


TAG_COLUMNS = "id integer primary key, event_id, asset_key, key, value, event_timestamp"


def test_processes_and_threads_write_at_the_same_time_and_lose_nothing(
    storage: BatchingSqliteEventLogStorage, tmp_path: Path
) -> None:
    folder = str(tmp_path / "ours")
    command = [sys.executable, "-c", WRITER, folder]
    threads = [
        threading.Thread(target=write_five_times, args=(storage, f"thread{n}")) for n in range(3)
    ]
    with started([*command, "process0"]) as one, started([*command, "process1"]) as other:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [writer.wait() for writer in (one, other)] == [0, 0]

    ids = ids_by_asset(storage, "thumb")
    assert len(ids) == len(set(ids)) == 5 * 20 * (2 + 3)
    for run_id in ("process0", "process1", "thread0", "thread1", "thread2"):
        assert len(storage.get_logs_for_run(run_id)) == 5 * 2 * 20


def test_killed_at_any_moment_what_was_acknowledged_is_there_and_nothing_is_half(
    tmp_path: Path,
) -> None:
    """An event, its tags and the asset's row are in one transaction."""
    command = [sys.executable, "-c", ACKNOWLEDGER, str(tmp_path / "ours")]
    with started(command, stdout=subprocess.PIPE) as writer:
        assert writer.stdout
        acknowledged = [writer.stdout.readline() for _ in range(8)]
        writer.kill()
        acknowledged += writer.stdout.readlines()

    batches_told = [line for line in acknowledged if line.strip().isdecimal()]
    reader = BatchingSqliteEventLogStorage(str(tmp_path / "ours"))
    with reader.index_connection() as index:
        counts = [
            index.execute(sqlalchemy.text(f"select count(*) from {table}")).scalar_one()
            for table in ("event_logs", "asset_event_tags")
        ]
    reader.dispose()
    assert counts[0] % 50 == 0
    assert len(batches_told) <= counts[0] // 50 <= len(batches_told) + 1
    assert counts[1] == counts[0] // 100 * 50


def write_five_times(storage: BatchingSqliteEventLogStorage, run_id: str) -> None:
    for _ in range(5):
        for batch in planned_and_materialized(20, run_id=run_id):
            storage.store_event_batch(batch)


def test_only_some_files_are_kept_open(
    storage: BatchingSqliteEventLogStorage, tmp_path: Path
) -> None:
    """A daemon looks at thousands of runs of older versions; each open file costs descriptors."""
    old = SqliteEventLogStorage(str(tmp_path / "ours"))
    for number in range(OPEN_SHARDS + 5):
        old.store_event(event("materialized", run_id=f"run{number}"))
        assert len(storage.get_logs_for_run(f"run{number}")) == 1
    storage.get_maximum_record_id()

    assert len(storage._shards) == OPEN_SHARDS
    assert "index" in storage._shards
    assert len(storage.get_logs_for_run("run0")) == 1


@pytest.mark.parametrize("has_written_since", [False, True], ids=["gone", "made_again"])
def test_a_wipe_by_another_process_is_noticed(
    storage: BatchingSqliteEventLogStorage, tmp_path: Path, *, has_written_since: bool
) -> None:
    """Else events would go into a file that no longer has a name."""
    other = SqliteEventLogStorage(str(tmp_path / "ours"))
    other.store_event(event("materialized"))
    storage.store_event(event("materialized"))
    other.wipe()
    if has_written_since:
        other.store_event(event("planned"))

    storage.store_event(event("materialized"))

    reader = BatchingSqliteEventLogStorage(str(tmp_path / "ours"))
    assert len(reader.get_logs_for_run("run")) == 1 + has_written_since
    assert len(ids_by_asset(reader, "thumb")) == 1
    reader.dispose()


def test_a_watched_run_is_seen_while_it_is_being_written(
    storage: BatchingSqliteEventLogStorage, tmp_path: Path
) -> None:
    """The UI follows a run so; a kept connection changes the file only now and then."""
    seen: queue.Queue[str] = queue.Queue()

    def look(entry: EventLogEntry, _cursor: str) -> None:
        seen.put(entry.get_dagster_event().event_type_value)

    watcher = BatchingSqliteEventLogStorage(str(tmp_path / "ours"))
    watcher.watch("run", None, look)
    storage.store_event(event("planned"))
    assert seen.get(timeout=20) == "ASSET_MATERIALIZATION_PLANNED"

    storage.store_event_batch([event("materialized", at=n) for n in (1, 2)])
    assert {seen.get(timeout=20) for _ in range(2)} == {"ASSET_MATERIALIZATION"}
    watcher.end_watch("run", look)
    watcher.dispose()


def test_the_latest_event_wins_in_the_asset_index(storage: BatchingSqliteEventLogStorage) -> None:
    storage.store_event_batch([event("materialized", image=f"i{n}", at=n) for n in range(3)])

    [record] = storage.get_asset_records([dg.AssetKey(["image", "thumb"])])

    assert record.asset_entry.last_materialization
    materialization = record.asset_entry.last_materialization.asset_materialization
    assert materialization
    assert materialization.partition == "i2"

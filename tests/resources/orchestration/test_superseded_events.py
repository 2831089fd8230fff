"""Superseded events go, and no status, data version or page of an asset changes.

What Dagster looks at is one of its internals: when these tests fail after an upgrade of Dagster,
read ``partition_status_cache`` and ``_latest_event_ids_by_partition_subquery`` of the new version.
"""

import shutil
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import sqlalchemy
from dagster._core.storage.event_log.sql_event_log import SqlEventLogStorage
from pydantic import SecretStr

from resources.configuration.settings import Settings
from resources.orchestration.dagster_home import open_dagster
from resources.orchestration.run_coordinator import mark_run
from resources.orchestration.superseded_events import PORTION, prune_events
from tests.support.dagster_samples import (
    LABEL,
    SOURCE,
    THUMB,
    defs,
    planned_and_materialized,
    range_tags,
    run_range,
    statuses,
)

ASSETS = (SOURCE, THUMB, LABEL)
GOOD, BAD = ["a", "b", "c"], ["bad-d", "bad-e"]
ALL = [*GOOD, *BAD, "new"]


@pytest.fixture(params=["sqlite", "postgres"])
def instance(
    request: pytest.FixtureRequest, tmp_path: Path, empty_storage: Path
) -> Iterator[dg.DagsterInstance]:
    """An empty Dagster on either storage."""
    home = tmp_path / "home"
    url = None
    if request.param == "sqlite":
        shutil.copytree(empty_storage, home / "dagster")
    else:
        url = SecretStr(request.getfixturevalue("database_url"))
    with open_dagster(Settings(home=home, postgres_url=url)) as opened:
        yield opened


def announce(instance: dg.DagsterInstance, keys: Sequence[str]) -> dg.DagsterRun:
    """A run that has not started yet."""
    instance.add_dynamic_partitions("sample_images", list(keys))
    run = instance.create_run_for_job(
        defs.resolve_job_def("process_samples"), tags=range_tags(keys)
    )
    mark_run(instance, run)
    return run


def history(instance: dg.DagsterInstance) -> dg.DagsterRun:
    """Runs that succeeded, failed, were repeated, canceled, and are still to come."""
    run_range(instance, [*GOOD, *BAD])
    run_range(instance, [*GOOD, *BAD])
    run_range(instance, GOOD)
    instance.report_run_canceled(announce(instance, ["c", "bad-d"]))
    instance.add_dynamic_partitions("sample_images", ["new"])
    return announce(instance, ["a", "b"])


def shown(instance: dg.DagsterInstance) -> dict[str, Any]:
    """What Dagster shows of every asset."""
    return {key.to_user_string(): shown_of(instance, key) for key in ASSETS}


def shown_of(instance: dg.DagsterInstance, key: dg.AssetKey) -> list[object]:
    storage = instance.event_log_storage
    latest = storage.get_latest_storage_id_by_partition(
        key, dg.DagsterEventType.ASSET_MATERIALIZATION
    )
    return [
        statuses(instance, key, ALL),
        instance.get_materialized_partitions(key),
        latest,
        storage.get_latest_tags_by_partition(
            key, dg.DagsterEventType.ASSET_MATERIALIZATION, ["dagster/data_version"]
        ),
        instance.get_latest_materialization_event(key),
        storage.get_latest_planned_materialization_info(key),
        instance.fetch_materializations(
            dg.AssetRecordsFilter(key, storage_ids=list(latest.values())), limit=100
        ).records,
    ]


def forget_cached_statuses(instance: dg.DagsterInstance) -> None:
    instance.wipe_asset_cached_status(list(ASSETS))


def later() -> datetime:
    return datetime.now(UTC) + timedelta(days=1)


def count(instance: dg.DagsterInstance, table: str) -> int:
    storage = instance.event_log_storage
    assert isinstance(storage, SqlEventLogStorage)
    with storage.index_connection() as connection:
        return int(connection.scalar(sqlalchemy.text(f"select count(*) from {table}")))


@pytest.mark.parametrize("is_cached", [True, False], ids=["cached", "computed_anew"])
def test_pruning_changes_nothing_that_dagster_shows(
    instance: dg.DagsterInstance, *, is_cached: bool
) -> None:
    history(instance)
    if not is_cached:
        forget_cached_statuses(instance)
    before, events = shown(instance), count(instance, "event_logs")
    assert set(before["thumb"][0].values()) == {"MATERIALIZED", "FAILED", "IN_PROGRESS", None}

    deleted = prune_events(instance, later())

    if not is_cached:
        forget_cached_statuses(instance)
    assert shown(instance) == before
    assert count(instance, "event_logs") == events - deleted
    assert deleted > 30


def test_what_is_left_is_one_event_per_source_and_asset_and_a_newer_announcement(
    instance: dg.DagsterInstance,
) -> None:
    run_range(instance, GOOD)
    run_range(instance, GOOD)
    announce(instance, GOOD)
    prune_events(instance, later())

    for key in ASSETS:
        assert len(instance.fetch_materializations(key, limit=100).records) == len(GOOD)
    assert count(instance, "asset_event_tags") == len(ASSETS) * len(GOOD)
    assert prune_events(instance, later()) == 0


def test_a_run_that_was_waiting_still_reports_and_fails_as_it_should(
    instance: dg.DagsterInstance,
) -> None:
    """Its announcements are what shows a failed source: they must have stayed."""
    waiting = history(instance)
    before = statuses(instance, THUMB, ALL)
    prune_events(instance, later())

    instance.report_run_failed(waiting)

    assert statuses(instance, THUMB, ALL) == {**before, "a": "FAILED", "b": "FAILED"}


def test_young_events_stay(instance: dg.DagsterInstance) -> None:
    run_range(instance, GOOD)
    run_range(instance, GOOD)

    assert prune_events(instance, datetime.now(UTC) - timedelta(minutes=5)) == 0


def test_the_log_of_the_last_run_still_has_what_it_made(instance: dg.DagsterInstance) -> None:
    first, last = run_range(instance, GOOD), run_range(instance, GOOD)
    made = dg.DagsterEventType.ASSET_MATERIALIZATION
    prune_events(instance, later())

    assert len(instance.all_logs(last.run_id, of_type=made)) == len(ASSETS) * len(GOOD)
    assert instance.all_logs(first.run_id, of_type=made) == []
    assert instance.all_logs(first.run_id, of_type=dg.DagsterEventType.RUN_SUCCESS)


def test_events_of_assets_without_partitions_stay(instance: dg.DagsterInstance) -> None:
    @dg.asset
    def table() -> None: ...

    for _ in range(2):
        dg.materialize([table], instance=instance)
    assert prune_events(instance, later()) == 0


def test_more_than_one_portion_goes(instance: dg.DagsterInstance) -> None:
    for _ in range(2):
        for batch in planned_and_materialized(PORTION):
            instance.event_log_storage.store_event_batch(batch)

    assert prune_events(instance, later()) == 3 * PORTION


def test_nothing_to_prune_is_fine(instance: dg.DagsterInstance) -> None:
    assert prune_events(instance, later()) == 0

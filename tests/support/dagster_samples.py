"""A tiny code location, events as Dagster writes them, and the rows that a storage makes of it."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import dagster as dg
import pytest
import sqlalchemy
from dagster._core.definitions.asset_checks.asset_check_evaluation import (
    AssetCheckEvaluationPlanned,
)
from dagster._core.definitions.job_base import InMemoryJob
from dagster._core.events import (
    AssetMaterializationPlannedData,
    AssetObservationData,
    DagsterEvent,
    DagsterEventType,
    StepMaterializationData,
)
from dagster._core.events.log import EventLogEntry
from dagster._core.execution.api import execute_run
from dagster._core.storage.event_log.schema import SqlEventLogStorageMetadata
from dagster._core.storage.event_log.sql_event_log import SqlEventLogStorage

from resources.orchestration.materialization_log import log_materializations
from resources.orchestration.run_coordinator import mark_run

sample_images = dg.DynamicPartitionsDefinition(name="sample_images")
SOURCE, THUMB, LABEL = (dg.AssetKey(name) for name in ("source", "thumb", "label"))
TABLES = ("event_logs", "asset_keys", "asset_event_tags", "asset_check_executions")
OF_THE_DATABASE = {"create_timestamp"}
OF_THE_WAY = {"id", "create_timestamp"}  # PostgreSQL counts refused inserts too
START = 1_790_000_000.0


def report(context: dg.AssetExecutionContext, keys: Sequence[str]) -> None:
    log_materializations(
        context,
        [
            dg.AssetMaterialization(
                context.asset_key,
                partition=key,
                metadata={"image": key},
                tags={"dagster/data_version": f"{key}-v1", "media/outcome": "ok"},
            )
            for key in keys
        ],
    )


@dg.asset(partitions_def=sample_images)
def source(context: dg.AssetExecutionContext) -> None:
    report(context, context.partition_keys)


@dg.asset(partitions_def=sample_images, deps=[source])
def thumb(context: dg.AssetExecutionContext) -> None:
    """Nothing can be made of an image whose name begins with "bad"."""
    good = [key for key in context.partition_keys if not key.startswith("bad")]
    report(context, good)
    if len(good) < len(context.partition_keys):
        raise dg.Failure("bad images", allow_retries=False)


@dg.asset(partitions_def=sample_images, deps=[source])
def label(context: dg.AssetExecutionContext) -> None:
    report(context, context.partition_keys)


process_samples = dg.define_asset_job("process_samples")
defs = dg.Definitions(
    assets=[source, thumb, label], jobs=[process_samples], executor=dg.in_process_executor
)


def range_tags(keys: Sequence[str]) -> dict[str, str]:
    return {
        "dagster/asset_partition_range_start": keys[0],
        "dagster/asset_partition_range_end": keys[-1],
    }


def run_range(instance: dg.DagsterInstance, keys: Sequence[str]) -> dg.DagsterRun:
    """Run the three assets on the keys, in this process, as the service would."""
    instance.add_dynamic_partitions("sample_images", list(keys))
    job = defs.resolve_job_def("process_samples")
    run = instance.create_run_for_job(job, tags=range_tags(keys))
    mark_run(instance, run)
    marked = instance.get_run_by_id(run.run_id)
    assert marked
    execute_run(InMemoryJob(job), marked, instance, raise_on_error=False)
    ended = instance.get_run_by_id(run.run_id)
    assert ended
    return ended


def statuses(
    instance: dg.DagsterInstance, key: dg.AssetKey, keys: Sequence[str]
) -> dict[str, str | None]:
    """What Dagster's UI shows for each image."""
    found = instance.get_status_by_partition(key, keys, sample_images)
    assert found is not None
    return {image: status.value if status else None for image, status in found.items()}


def event(
    kind: str, *, run_id: str = "run", asset: str = "thumb", image: str | None = "i1", at: float = 0
) -> EventLogEntry:
    """One event: "materialized", "observed", "planned", "check" (planned) or "started" (a run)."""
    key = dg.AssetKey(["image", asset])
    tags = {"dagster/data_version": f"{image}-{at}", "media/outcome": "ok"}
    type_and_data = {
        "materialized": (
            DagsterEventType.ASSET_MATERIALIZATION,
            StepMaterializationData(dg.AssetMaterialization(key, partition=image, tags=tags)),
        ),
        "observed": (
            DagsterEventType.ASSET_OBSERVATION,
            AssetObservationData(dg.AssetObservation(key, partition=image, tags=tags)),
        ),
        "planned": (
            DagsterEventType.ASSET_MATERIALIZATION_PLANNED,
            AssetMaterializationPlannedData(key, partition=image),
        ),
        "check": (
            DagsterEventType.ASSET_CHECK_EVALUATION_PLANNED,
            AssetCheckEvaluationPlanned(asset_key=key, check_name=f"check_{asset}_{at:.0f}"),
        ),
        "started": (DagsterEventType.RUN_START, None),
    }
    event_type, data = type_and_data[kind]
    return EventLogEntry(
        error_info=None,
        level=logging.DEBUG,
        user_message="",
        run_id=run_id,
        timestamp=START + at,
        step_key=asset,
        job_name="process_samples",
        dagster_event=DagsterEvent(
            event_type.value, "process_samples", step_key=asset, event_specific_data=data
        ),
    )


BATCHES = {
    "materializations of one asset": [event("materialized", image=f"i{n}", at=n) for n in range(5)],
    "planned events of two assets and a check": [
        event("planned", asset="source", at=1),
        event("planned", asset="thumb", at=2),
        event("check", asset="thumb", at=3),
        event("planned", asset="thumb", image="i2", at=4),
        event("check", asset="source", at=5),
    ],
    "observed, planned and materialized mixed": [
        event("observed", at=1),
        event("materialized", at=2),
        event("planned", at=3),
        event("observed", at=4),
        event("materialized", asset="source", image=None, at=5),
    ],
    "planned again after it was materialized": [
        event("planned", at=1),
        event("materialized", at=2),
        event("planned", at=3),
    ],
    "the same image twice": [event("materialized", at=1), event("materialized", at=2)],
    "events of two runs": [
        event("materialized", run_id="a", at=1),
        event("materialized", run_id="b", at=2),
    ],
    "a run event among asset events": [event("materialized", at=1), event("started", at=2)],
    "nothing": [],
}
batches = pytest.mark.parametrize("batch", BATCHES.values(), ids=BATCHES.keys())


def planned_and_materialized(count: int, *, run_id: str = "run") -> list[list[EventLogEntry]]:
    """Two batches, as a run of one asset on ``count`` images writes them."""
    return [
        [event(kind, run_id=run_id, image=f"i{n}", at=n) for n in range(count)]
        for kind in ("planned", "materialized")
    ]


def stored_rows(engine: sqlalchemy.Engine) -> dict[str, list[tuple[object, ...]]]:
    """Every row of the tables that events write, in a comparable form."""
    found = {}
    with engine.connect() as connection:
        for name in TABLES:
            table = SqlEventLogStorageMetadata.tables[name]
            left_out = OF_THE_DATABASE if name == "event_logs" else OF_THE_WAY
            columns = [column for column in table.columns if column.name not in left_out]
            rows = connection.execute(sqlalchemy.select(*columns).order_by(table.c.id))
            found[name] = sorted(map(tuple, rows), key=repr)
    return found


@contextmanager
def counted_statements() -> Iterator[list[str]]:
    """The SQL statements sent to any database while the context is open."""
    statements: list[str] = []

    def count(*arguments: object) -> None:
        statements.append(str(arguments[2]))

    sqlalchemy.event.listen(sqlalchemy.Engine, "before_cursor_execute", count)
    try:
        yield statements
    finally:
        sqlalchemy.event.remove(sqlalchemy.Engine, "before_cursor_execute", count)


def ids_by_asset(storage: SqlEventLogStorage, asset: str) -> list[int]:
    """The ids under which an asset's materializations are found, newest first."""
    found = storage.fetch_materializations(dg.AssetKey(["image", asset]), limit=1000)
    return [record.storage_id for record in found.records]

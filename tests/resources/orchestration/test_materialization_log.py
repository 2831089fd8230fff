"""Materializations are stored as Dagster's own, in batches, before the call returns.

It uses Dagster's internal events and batch metadata: when these tests fail after an upgrade of
Dagster, read ``DagsterEvent.asset_materialization`` and ``handle_new_event`` of the new version.
"""

from collections.abc import Iterator, Sequence

import dagster as dg
import pytest
from dagster._core.events import DagsterEvent

from resources.orchestration.materialization_log import log_materializations
from tests.support.dagster_samples import counted_statements

DEFERRED = {"dagster/defer_asset_events": "true"}


def log_in_a_run(instance: dg.DagsterInstance, images: Sequence[str]) -> tuple[int, int]:
    """Log one event per image in a run; return the statements and the events stored meanwhile."""
    seen = []

    @dg.asset(partitions_def=dg.DynamicPartitionsDefinition(name="images"))
    def thumb(context: dg.AssetExecutionContext) -> None:
        mats = [
            dg.AssetMaterialization(context.asset_key, partition=image, metadata={"image": image})
            for image in images
        ]
        with counted_statements() as statements:
            log_materializations(context, mats)
        stored = instance.fetch_materializations(context.asset_key, limit=5000)
        seen.append((len(statements), len(stored.records)))

    instance.add_dynamic_partitions("images", ["any"])
    dg.materialize([thumb], instance=instance, partition_key="any", tags=DEFERRED)
    return seen[0]


@pytest.mark.parametrize("count", [100, 1000, 1200], ids=["part", "one_batch", "more_than_one"])
def test_events_are_stored_at_once_in_few_statements(
    instance: dg.DagsterInstance, count: int
) -> None:
    statements, stored = log_in_a_run(instance, [f"i{n}" for n in range(count)])

    assert stored == count
    assert statements <= 30


def test_each_image_keeps_its_own_metadata(instance: dg.DagsterInstance) -> None:
    log_in_a_run(instance, ["x", "y"])

    records = instance.fetch_materializations(dg.AssetKey("thumb"), limit=10).records
    told = {r.partition_key: r.asset_materialization.metadata["image"].value for r in records}  # type: ignore[union-attr]
    assert told == {"x": "x", "y": "y"}


@pytest.mark.parametrize("images", [[], ["only"]], ids=["none", "one"])
def test_no_and_one_materialization_are_fine(
    instance: dg.DagsterInstance, images: list[str]
) -> None:
    assert log_in_a_run(instance, images)[1] == len(images)


def test_an_event_is_the_one_that_dagster_would_have_made(instance: dg.DagsterInstance) -> None:
    """Of one asset or of several in one step, with a description of its own or without."""

    keys = ["image", "thumb"], ["label"]

    @dg.multi_asset(specs=[dg.AssetSpec(key, skippable=True) for key in keys])
    def made(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult]:
        told = [
            dg.AssetMaterialization(key, about, {"outcome": "ok"}, image, {"media/outcome": "ok"})
            for image in ("x", "y")
            for key, about in zip(keys, (None, "described"), strict=True)
        ]
        step = context.get_step_execution_context()
        for one in told:
            DagsterEvent.asset_materialization(step, one)
        log_materializations(context, told)
        yield from ()

    result = dg.materialize([made], instance=instance, tags=DEFERRED)

    of_type = dg.DagsterEventType.ASSET_MATERIALIZATION
    entries = [
        entry._replace(timestamp=0.0) for entry in instance.all_logs(result.run_id, of_type=of_type)
    ]
    theirs, ours = entries[:4], entries[4:8]
    assert len(ours) == 4
    assert ours == theirs
    assert instance.get_materialized_partitions(dg.AssetKey("label")) == {"x", "y"}

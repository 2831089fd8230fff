"""The queue of runs: how many work at a time, and how each reports its sources.

Makes one bad source harm only itself: range runs report each source, not the range as a whole.

By default Dagster calls every source of a finished step materialized and every source of a failed
step failed. With the tag ``dagster/defer_asset_events`` it leaves that to the assets. The tag must
be set after the run exists: the announcements ("planned" events) written with the run are what
shows an unfinished source as failed once the run has failed.

The tag is internal to dagster 1.13 (``EXTERNALLY_MANAGED_ASSETS_TAG``), for partitioned assets that
log their own materializations (``materialization_log``). A partitioned asset of another kind would
show nothing as materialized in these runs.
"""

from collections.abc import Mapping
from typing import Any, Self, cast

import dagster as dg
from dagster._core.run_coordinator import QueuedRunCoordinator, SubmitRunContext
from dagster._core.run_coordinator.queued_run_coordinator import RunQueueConfig
from dagster._serdes import ConfigurableClassData

from resources.orchestration.paused_work import is_all_paused, paused_batches
from resources.orchestration.run_priorities import PLACES_FOR_INSTANT, share_places
from resources.orchestration.run_tags import (
    AGAIN_TAG,
    ASKED_IN_THE_UI,
    BATCH_TAG,
    DEFER_EVENTS_TAG,
    PARTITION_TAG,
    PLACE_TAG,
    PLANNED_TAG,
    RANGE_START_TAG,
    RECOGNITION,
    SHARED,
    STAGE_TAG,
    is_of_a_person,
)
from resources.orchestration.worker_counts import WorkerCounts, worker_counts
from resources.stores.free_memory import has_memory

PARTITION_TAGS = (RANGE_START_TAG, PARTITION_TAG)


def mark_run(instance: dg.DagsterInstance, run: dg.DagsterRun) -> None:
    """Let the assets of a partitioned run report source by source.

    A person who selects partitions in the UI wants them made again: such a run is marked for it.
    Call it after the run was created and before it starts. A run created with the tag (a repair
    run, which announces nothing) and a run without partitions are left alone.
    """
    is_partitioned = any(tag in run.tags for tag in PARTITION_TAGS)
    if is_partitioned and DEFER_EVENTS_TAG not in run.tags:
        tags = {DEFER_EVENTS_TAG: "true", PLANNED_TAG: "true"}
        if is_of_a_person(run.tags):
            tags[AGAIN_TAG] = ASKED_IN_THE_UI
        instance.add_run_tags(run.run_id, tags)


def recognition_limit(runs: int) -> list[dict[str, object]]:
    """So many runs that recognize at a time."""
    return [at_most(runs, STAGE_TAG, RECOGNITION)]


def at_most(runs: int, tag: str, value: str) -> dict[str, object]:
    """Dagster's form of "so many runs with this tag at a time"."""
    return {"key": tag, "value": value, "limit": runs}


class MediaRunCoordinator(QueuedRunCoordinator[dg.DagsterInstance]):
    """Dagster's queue, marking each partitioned run on its way in; named in dagster.yaml.

    How many runs it lets work is asked for at each look (see ``worker_counts``). None begins while
    memory is short.
    """

    least_free_memory_bytes = 0

    @classmethod
    def config_type(cls) -> dict[str, Any]:
        """The queue's own configuration, and ``least_free_memory_bytes``."""
        queue = cast("dict[str, Any]", super().config_type())
        return {**queue, "least_free_memory_bytes": dg.Field(int, default_value=0)}

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData, config_value: Mapping[str, Any]
    ) -> Self:
        """The queue that dagster.yaml describes."""
        queue = super().from_config_value(inst_data, config_value)
        queue.least_free_memory_bytes = config_value["least_free_memory_bytes"]
        return queue

    def get_run_queue_config(self) -> RunQueueConfig:
        """The limits of now; ``dagster.yaml`` has those that count until somebody changes them."""
        written = super().get_run_queue_config()
        limits = {limit["value"]: limit["limit"] for limit in written.tag_concurrency_limits or []}
        otherwise = WorkerCounts(written.max_concurrent_runs, limits[RECOGNITION])
        now = worker_counts(self._instance, otherwise)
        paused = [at_most(0, BATCH_TAG, name) for name in paused_batches(self._instance)]
        may_begin = has_memory(self.least_free_memory_bytes) and not is_all_paused(self._instance)
        return written._replace(
            max_concurrent_runs=now.runs + PLACES_FOR_INSTANT if may_begin else 0,
            tag_concurrency_limits=[
                at_most(now.runs, PLACE_TAG, SHARED),
                *recognition_limit(now.with_models),
                *paused,
            ],
        )

    def submit_run(self, context: SubmitRunContext) -> dg.DagsterRun:
        """Mark the run and put it into the queue."""
        mark_run(self._instance, context.dagster_run)
        share_places(self._instance, context.dagster_run)
        return super().submit_run(context)

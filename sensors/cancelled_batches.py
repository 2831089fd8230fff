"""What a person cancels stays cancelled: its batch says so, and its sources are held.

Without that, the schedule that finishes what crashes left open would take it up again.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import dagster as dg

from media_assets.execution.medium import Medium
from media_assets.execution.stages import with_descendants
from media_assets.media import medium_of_job
from resources.orchestration.media_resource import MediaResource
from resources.orchestration.run_tags import (
    BATCH_TAG,
    PARTITION_TAG,
    RANGE_END_TAG,
    RANGE_START_TAG,
    ROOT_TAG,
)
from resources.sources.held_sources import hold
from resources.sources.source_rows import BATCH_EVENT, CANCELLED, BatchEventRow, append


@dg.run_status_sensor(
    run_status=dg.DagsterRunStatus.CANCELED,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Records that a person cancelled a run: its batch is cancelled, and nothing works "
    "on its sources by itself until media retry.",
)
def cancelled_batches(context: dg.RunStatusSensorContext, media: MediaResource) -> None:
    """Hold the sources of a cancelled run, and write the event of its batch if it had one."""
    run = context.dagster_run
    medium = medium_of_job(run.job_name)
    if medium is not None:
        source_ids = sources_of(
            run, context.instance.get_dynamic_partitions(medium.partitions_name)
        )
        hold(media.store, source_ids, assets_of(run, medium), run_id=run.run_id)
    batch = run.tags.get(BATCH_TAG)
    if batch is None:
        return
    event = BatchEventRow(
        batch=batch,
        root=run.tags.get(ROOT_TAG, ""),
        event=CANCELLED,
        detail=run.run_id,
        at=datetime.now(UTC),
    )
    append(media.store, BATCH_EVENT, [event], run_id=run.run_id)


def sources_of(run: dg.DagsterRun, keys: Sequence[str]) -> list[str]:
    """The sources that a run was about; ``keys`` are its medium's partitions in their order."""
    first = run.tags.get(RANGE_START_TAG, run.tags.get(PARTITION_TAG))
    last = run.tags.get(RANGE_END_TAG, first)
    if first not in keys or last not in keys:
        return []
    covered = keys[keys.index(first) : keys.index(last) + 1]
    config: Any = run.run_config
    only = {
        source_id
        for step in config.get("ops", {}).values()
        for source_id in step.get("config", {}).get("only", [])
    }
    return [source_id for source_id in covered if not only or source_id in only]


def assets_of(run: dg.DagsterRun, medium: Medium) -> list[str]:
    """The derivatives that a run was to make, and what is made from them."""
    if not run.asset_selection:
        return list(medium.recipes)
    return with_descendants(medium, [key.path[-1] for key in run.asset_selection])

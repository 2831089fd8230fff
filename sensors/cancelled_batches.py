"""What a person cancels stays cancelled: its batch says so, and its sources are held.

Without that, the schedule that finishes what crashes left open would take it up again.
"""

from datetime import UTC, datetime

import dagster as dg

from media_assets.execution.run_sources import assets_of, sources_of
from media_assets.media import medium_of_job
from resources.orchestration.media_resource import MediaResource
from resources.orchestration.run_tags import BATCH_TAG, ROOT_TAG
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

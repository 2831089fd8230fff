"""A run that a person cancels leaves its batch ``cancelled``, not in progress forever."""

from datetime import UTC, datetime

import dagster as dg

from resources.orchestration.media_resource import MediaResource
from resources.orchestration.run_tags import BATCH_TAG, ROOT_TAG
from resources.sources.source_rows import BATCH_EVENT, CANCELLED, BatchEventRow, append


@dg.run_status_sensor(
    run_status=dg.DagsterRunStatus.CANCELED,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Records in SQL that a batch was cancelled when its run is cancelled in the UI.",
)
def cancelled_batches(context: dg.RunStatusSensorContext, media: MediaResource) -> None:
    """Write the batch event for a cancelled run that worked on a batch."""
    batch = context.dagster_run.tags.get(BATCH_TAG)
    if batch is None:
        return
    event = BatchEventRow(
        batch=batch,
        root=context.dagster_run.tags.get(ROOT_TAG, ""),
        event=CANCELLED,
        detail=context.dagster_run.run_id,
        at=datetime.now(UTC),
    )
    append(media.store, BATCH_EVENT, [event], run_id=context.dagster_run.run_id)

"""Reports materializations in batches: 1 ms each instead of 27 with ``context.log_event``.

The one use of Dagster's internal batch metadata (dagster 1.13). Batches need the environment
variable DAGSTER_EVENT_BATCH_SIZE (``dagster_home`` sets it); without it everything is stored all
the same, only slowly.
"""

import uuid
from collections.abc import Sequence

import dagster as dg
from dagster._core.events import DagsterEvent, DagsterEventBatchMetadata


def log_materializations(
    context: dg.AssetExecutionContext, materializations: Sequence[dg.AssetMaterialization]
) -> None:
    """Store one event per materialization, with its own metadata and tags, now.

    When this returns, the events are in the event log: a crash later on does not lose them.
    """
    step = context.get_step_execution_context()
    batch_id = str(uuid.uuid4())
    last = len(materializations) - 1
    for position, materialization in enumerate(materializations):
        batch = DagsterEventBatchMetadata(batch_id, is_end=position == last)
        DagsterEvent.asset_materialization(step, materialization, batch)

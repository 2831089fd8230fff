"""Reports materializations in batches: 0.2 ms each instead of 27 with ``context.log_event``.

The events are those of ``DagsterEvent.asset_materialization``. They are made from one first event
and handed to the instance without the way through Python's logging, which costs as much again:
loggers of a run's config see no line per source.

Uses internals of dagster 1.13: the batch metadata and the fields of events. Batches need the
environment variable DAGSTER_EVENT_BATCH_SIZE (``dagster_home`` sets it); without it everything is
stored all the same, only slowly.
"""

import logging
import os
import time
import uuid
from collections.abc import Sequence

import dagster as dg
from dagster._core.events import (
    DagsterEvent,
    DagsterEventBatchMetadata,
    DagsterEventType,
    StepMaterializationData,
)
from dagster._core.events.log import EventLogEntry
from dagster._core.execution.context.system import StepExecutionContext


def log_materializations(
    context: dg.AssetExecutionContext, materializations: Sequence[dg.AssetMaterialization]
) -> None:
    """Store one event per materialization, of one asset or of several, now.

    When this returns, the events are in the event log: a crash later on does not lose them.
    """
    if not materializations:
        return
    first = first_entry(context.get_step_execution_context(), materializations[0])
    batch_id = str(uuid.uuid4())
    last = len(materializations) - 1
    for position, materialization in enumerate(materializations):
        batch = DagsterEventBatchMetadata(batch_id, is_end=position == last)
        context.instance.handle_new_event(entry(first, materialization), batch_metadata=batch)


def first_entry(
    step: StepExecutionContext, materialization: dg.AssetMaterialization
) -> EventLogEntry:
    """The whole entry of one event of the step."""
    event = DagsterEvent(
        event_type_value=DagsterEventType.ASSET_MATERIALIZATION.value,
        job_name=step.job_name,
        step_handle=step.step.handle,
        node_handle=step.step.node_handle,
        step_kind_value=step.step.kind.value,
        logging_tags=step.event_tags,
        event_specific_data=StepMaterializationData(materialization),
        pid=os.getpid(),
    )
    return EventLogEntry(  # type: ignore[no-untyped-call]  # Dagster's
        error_info=None,
        level=logging.DEBUG,
        user_message="",
        run_id=step.run_id,
        timestamp=time.time(),
        step_key=step.step.key,
        job_name=step.job_name,
        dagster_event=event,
    )


def entry(first: EventLogEntry, materialization: dg.AssetMaterialization) -> EventLogEntry:
    """The entry of another event of the step."""
    message = materialization.description or f"Materialized value {materialization.label}."
    event = first.get_dagster_event()._replace(
        event_specific_data=StepMaterializationData(materialization), message=message
    )
    return first._replace(timestamp=time.time(), user_message=message, dagster_event=event)

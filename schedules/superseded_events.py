"""Deletes events of Dagster's log that newer ones have superseded: see the module of that name.

A day of events is kept whole, for people who look at the log of a recent run. On PostgreSQL one
source and asset takes 2.4 KB of Dagster's storage on that day and 1.6 KB after it, on SQLite 1.8
and 1.1.
"""

from datetime import UTC, datetime, timedelta

import dagster as dg

from resources.orchestration.superseded_events import prune_events

KEPT = timedelta(days=1)
"""No run is under way for that long: ``dagster_home.MAX_RUNTIME_SECONDS``."""


@dg.op
def delete_superseded_events(context: dg.OpExecutionContext) -> None:
    """Delete superseded events older than KEPT; harmless to kill and to repeat."""
    deleted = prune_events(context.instance, datetime.now(UTC) - KEPT)
    context.log.info("%d superseded events deleted", deleted)


@dg.job(description="Deletes events that newer ones have superseded. Changes no status.")
def prune_event_log() -> None:
    """One op: see delete_superseded_events."""
    delete_superseded_events()


superseded_events = dg.ScheduleDefinition(
    name="superseded_events",
    job=prune_event_log,
    cron_schedule="47 3 * * *",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Daily: deletes superseded events of Dagster's log.",
)

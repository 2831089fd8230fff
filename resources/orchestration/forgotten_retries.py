"""Failed runs that are marked to be started again, and that nothing has started again.

A backfill waits for such a run forever. Dagster leaves the mark where the retry could not be made
(its code location was away, its first run was deleted) or where the daemon never saw the failure.
What the runs left open is taken up by ``schedules.unfinished_sources``.
"""

from datetime import UTC, datetime, timedelta

import dagster as dg

from resources.orchestration.run_tags import AUTO_RETRY_TAG, WILL_RETRY_TAG

PATIENCE = timedelta(minutes=10)
"""Dagster starts a run again within seconds of its failure."""

WHY = (
    f"Nothing has started this run again within {PATIENCE.seconds // 60} minutes, so that it is no "
    "longer waited for. Images that it left open are made by the schedule unfinished_images."
)


def stop_waiting(instance: dg.DagsterInstance, now: datetime) -> list[str]:
    """Take the mark off the runs that have waited for too long, say so in their logs; their ids."""
    marked = dg.RunsFilter(
        statuses=[dg.DagsterRunStatus.FAILURE],
        tags={WILL_RETRY_TAG: "true"},
        updated_before=now.astimezone(UTC) - PATIENCE,
    )
    forgotten = [run for run in instance.get_runs(marked) if AUTO_RETRY_TAG not in run.tags]
    for run in forgotten:
        instance.add_run_tags(run.run_id, {WILL_RETRY_TAG: "false"})
        instance.report_engine_event(WHY, run)
    return [run.run_id for run in forgotten]

"""Whether runs of a job are queued or working, and since when."""

from collections.abc import Mapping

import dagster as dg

UNDER_WAY = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
]


def runs_under_way(instance: dg.DagsterInstance, job_name: str) -> int:
    """The number of runs of ``job_name`` that have not ended."""
    return instance.get_runs_count(dg.RunsFilter(job_name=job_name, statuses=UNDER_WAY))


def oldest_under_way(instance: dg.DagsterInstance, tags: Mapping[str, str]) -> float | None:
    """When the oldest run with these tags that has not ended was created (epoch seconds)."""
    filters = dg.RunsFilter(statuses=UNDER_WAY, tags=tags)
    records = instance.get_run_records(filters, limit=1, ascending=True)
    return records[0].create_timestamp.timestamp() if records else None

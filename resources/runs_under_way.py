"""How many runs of a job are queued or working."""

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

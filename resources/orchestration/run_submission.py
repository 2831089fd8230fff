"""Hands a run to the running service, through Dagster's own GraphQL client.

The command line's client speaks to the web server, that of the pages answers in the same process:
both reach the code server and the queue that Dagster's UI uses.
"""

from typing import TYPE_CHECKING

import dagster as dg

if TYPE_CHECKING:
    from dagster_graphql import DagsterGraphQLClient


def submit(client: "DagsterGraphQLClient", request: dg.RunRequest) -> str:
    """Put the run in the queue and return its id.

    Raises ValueError for a request that names no job, DagsterGraphQLClientError when Dagster
    refuses it.
    """
    return client.submit_job_execution(
        job_of(request),
        run_config=request.run_config,
        tags=dict(request.tags),
        asset_selection=list(request.asset_selection) if request.asset_selection else None,
    )


def job_of(request: dg.RunRequest) -> str:
    """The job that a request names. Raises ValueError when it names none."""
    if request.job_name is None:
        raise ValueError(f"this run request names no job: {request}")
    return request.job_name

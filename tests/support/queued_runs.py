"""A run that waits in Dagster's queue, as the service leaves it there."""

from collections.abc import Mapping

import dagster as dg
from dagster._core.remote_origin import (
    GrpcServerCodeLocationOrigin,
    RemoteJobOrigin,
    RemoteRepositoryOrigin,
)

from resources.orchestration.run_tags import PLACE_TAG, SHARED

JOB = "process_images"
LOCATION = GrpcServerCodeLocationOrigin("localhost", socket="/nowhere", location_name="media")
ORIGIN = RemoteJobOrigin(RemoteRepositoryOrigin(LOCATION, "repository"), JOB)


def add_queued_run(instance: dg.DagsterInstance, tags: Mapping[str, str]) -> dg.DagsterRun:
    """Put a run with these tags into the queue of an instance whose daemon does not run."""
    run = dg.DagsterRun(
        job_name=JOB,
        status=dg.DagsterRunStatus.QUEUED,
        remote_job_origin=ORIGIN,
        tags={PLACE_TAG: SHARED, **tags},
    )
    return instance.add_run(run)

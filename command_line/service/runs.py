"""Launches Dagster runs: through the service when it is up, else in this very process.

In this process the same sensor decides and the same jobs run, on the same Dagster storage: only
the daemon is missing. The one use of Dagster's internal ``execute_run`` is here.
"""

from collections.abc import Iterable

import dagster as dg
from dagster._core.definitions.job_base import InMemoryJob
from dagster._core.execution.api import execute_run

from definitions import defs
from resources.configuration.settings import Settings
from resources.orchestration.run_coordinator import mark_run
from resources.orchestration.run_locks import release_run_lock
from resources.orchestration.run_tags import RUN_KEY_TAG

QUIET = {"loggers": {"console": {"config": {"log_level": "ERROR"}}}}
"""Dagster's own lines belong to its UI; this terminal is the command's."""


def run_here(instance: dg.DagsterInstance, request: dg.RunRequest) -> dg.DagsterRunStatus:
    """Carry out one run request in this process and return how the run ended."""
    job = defs.resolve_job_def(request.job_name or "process_images")
    chosen = frozenset(request.asset_selection) if request.asset_selection else None
    subset = job.get_subset(asset_selection=chosen) if chosen else job
    tags = dict(request.tags)
    if request.run_key:
        tags[RUN_KEY_TAG] = request.run_key
    run = instance.create_run_for_job(
        subset,
        run_config={**request.run_config, **QUIET},
        tags=tags,
        asset_selection=set(chosen) if chosen else None,
    )
    mark_run(instance, run)
    marked = instance.get_run_by_id(run.run_id)
    if marked is None:
        raise RuntimeError(f"Dagster's storage lost run {run.run_id} between two calls")
    execute_run(InMemoryJob(subset), marked, instance)
    release_run_lock(run.run_id)
    ended = instance.get_run_by_id(run.run_id)
    return ended.status if ended else dg.DagsterRunStatus.FAILURE


def run_through_service(settings: Settings, request: dg.RunRequest) -> str:
    """Ask the running service for one run and return its run id."""
    from dagster_graphql import DagsterGraphQLClient  # half a second that only this needs

    client = DagsterGraphQLClient(settings.host, port_number=settings.port)
    return client.submit_job_execution(
        request.job_name or "process_images",
        run_config=request.run_config,
        tags=dict(request.tags),
        asset_selection=list(request.asset_selection) if request.asset_selection else None,
    )


def launch_all(
    settings: Settings,
    instance: dg.DagsterInstance,
    requests: Iterable[dg.RunRequest],
    *,
    service_is_up: bool,
) -> list[str]:
    """Launch every request; return one line per run that says what became of it."""
    lines = []
    for request in requests:
        if service_is_up:
            lines.append(f"run {run_through_service(settings, request)} requested")
        else:
            lines.append(f"run ended: {run_here(instance, request).value}")
    return lines

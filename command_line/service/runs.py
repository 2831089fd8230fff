"""Launches Dagster runs: through the service when it is up, else in this very process.

In this process the same jobs run on the same Dagster storage: only the daemon is missing. The one
use of Dagster's internal ``execute_run`` is here.
"""

import uuid
from collections.abc import Iterable

import dagster as dg
from dagster._core.definitions.job_base import InMemoryJob
from dagster._core.execution.api import execute_run

from definitions import defs
from resources.configuration.settings import Settings
from resources.orchestration.run_coordinator import mark_run
from resources.orchestration.run_locks import hold_run_lock, release_run_lock
from resources.orchestration.run_tags import (
    DIED_TAG,
    RANGE_START_TAG,
    REPEATED,
    RETRY_NUMBER_TAG,
    RUN_KEY_TAG,
    passed_to_retry,
)

QUIET = {"loggers": {"console": {"config": {"log_level": "ERROR"}}}}
"""Dagster's own lines belong to its UI; this terminal is the command's."""


def run_here(
    instance: dg.DagsterInstance, request: dg.RunRequest, retried: dg.DagsterRun | None = None
) -> dg.DagsterRunStatus:
    """Carry out one run request in this process and return how the run ended.

    ``retried`` is the run that it repeats, if it does. The run's lock is held from before the run
    exists: killed at any moment, it is known to be dead.
    """
    run_id = str(uuid.uuid4())
    hold_run_lock(Settings().media_home, run_id)
    job = defs.resolve_job_def(job_of(request))
    chosen = frozenset(request.asset_selection) if request.asset_selection else None
    subset = job.get_subset(asset_selection=chosen) if chosen else job
    run = instance.create_run_for_job(
        subset,
        run_id=run_id,
        run_config={**request.run_config, **QUIET},
        tags=tags_of(request),
        asset_selection=set(chosen) if chosen else None,
        parent_run_id=retried.run_id if retried else None,
        root_run_id=(retried.root_run_id or retried.run_id) if retried else None,
    )
    mark_run(instance, run)
    if retried:
        instance.add_run_tags(retried.run_id, {DIED_TAG: REPEATED})
    marked = instance.get_run_by_id(run.run_id)
    if marked is None:
        raise RuntimeError(f"Dagster's storage lost run {run.run_id} between two calls")
    execute_run(InMemoryJob(subset), marked, instance)
    release_run_lock(run.run_id)
    ended = instance.get_run_by_id(run.run_id)
    return ended.status if ended else dg.DagsterRunStatus.FAILURE


def job_of(request: dg.RunRequest) -> str:
    """The job that a request names. Raises ValueError when it names none."""
    if request.job_name is None:
        raise ValueError(f"this run request names no job: {request}")
    return request.job_name


def tags_of(request: dg.RunRequest) -> dict[str, str]:
    """The tags of the run that a request asks for."""
    return {**request.tags, **({RUN_KEY_TAG: request.run_key} if request.run_key else {})}


def retry_here(instance: dg.DagsterInstance, run_id: str) -> dg.DagsterRunStatus | None:
    """Repeat a dead run over sources in this process, as the service's run retries do.

    None when there is nothing to repeat: a person canceled it, or it looks at a state that is asked
    about again (publications, search).
    """
    dead = instance.get_run_by_id(run_id)
    if dead is None or dead.status is not dg.DagsterRunStatus.FAILURE:
        return None
    if RANGE_START_TAG not in dead.tags:
        return None
    request = dg.RunRequest(
        job_name=dead.job_name,
        run_config=dead.run_config,
        tags={**passed_to_retry(dead.tags), RETRY_NUMBER_TAG: "1"},
        asset_selection=sorted(dead.asset_selection) if dead.asset_selection else None,
    )
    return run_here(instance, request, dead)


def run_through_service(settings: Settings, request: dg.RunRequest) -> str:
    """Ask the running service for one run and return its run id."""
    from dagster_graphql import DagsterGraphQLClient  # half a second that only this needs

    client = DagsterGraphQLClient(settings.host, port_number=settings.port)
    return client.submit_job_execution(
        job_of(request),
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

"""Launches Dagster runs: through the service when it is up, else in this very process.

In this process the same jobs run on the same Dagster storage: only the daemon is missing. The one
use of Dagster's internal ``execute_run`` is here.
"""

import logging
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from logging.handlers import RotatingFileHandler

import dagster as dg
from dagster._core.definitions.job_base import InMemoryJob
from dagster._core.execution.api import execute_run
from requests import RequestException

from command_line.terminal.console import CommandError
from command_line.terminal.interruption import noticed_signals
from command_line.terminal.work import work
from definitions import defs
from resources.configuration.media_home import MediaHome
from resources.configuration.settings import Settings
from resources.display_text import plain_text
from resources.orchestration.run_coordinator import mark_run
from resources.orchestration.run_locks import hold_run_lock, release_run_lock
from resources.orchestration.run_submission import job_of, submit
from resources.orchestration.run_tags import (
    AUTO_RETRY_TAG,
    BATCH_TAG,
    DIED_TAG,
    RANGE_START_TAG,
    RECOGNITION,
    RENDITIONS,
    REPEATED,
    RETRY_NUMBER_TAG,
    RUN_KEY_TAG,
    STAGE_TAG,
    passed_to_retry,
)
from web.guard.origins import EVERY_ADDRESS
from web.guard.owner_token import SCHEME, token_file

WHERE_TO_RUN = (
    "run this command on the service's machine, as the user who started it; from elsewhere use the "
    "web UI with your login: Materialize makes the selected images again"
)
LONGEST_ERROR = 300

QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
"""Dagster's own lines belong to its UI; this terminal is the command's."""

LOG_BYTES = 10 * 1024**2

STEPS = {
    "publish_tables": "publishing the tables",
    "refresh_search": "bringing search, duplicates and clusters up to date",
    RENDITIONS: "renditions and metadata",
    RECOGNITION: "text, captions, descriptions and embeddings",
}
"""What a run does, by its job or stage, in words for people."""


def run_here(
    instance: dg.DagsterInstance, request: dg.RunRequest, retried: dg.DagsterRun | None = None
) -> dg.DagsterRunStatus:
    """Carry out one run request in this process and return how the run ended.

    ``retried`` is the run that it repeats, if it does. The run's lock is held from before the run
    exists: killed at any moment, it is known to be dead. Raises Stopped when the command is asked
    to end.
    """
    work.begin(step_of(request))
    with noticed_signals() as raise_if_stopped, logging_to_file(Settings().media_home):
        run, job = created_run(instance, request, retried)
        execute_run(InMemoryJob(job), run, instance)
        release_run_lock(run.run_id)
        raise_if_stopped()
        ended = instance.get_run_by_id(run.run_id)
    return ended.status if ended else dg.DagsterRunStatus.FAILURE


def created_run(
    instance: dg.DagsterInstance, request: dg.RunRequest, retried: dg.DagsterRun | None
) -> tuple[dg.DagsterRun, dg.JobDefinition]:
    """A run in Dagster's storage that this process is about to carry out, and its job."""
    run_id = str(uuid.uuid4())
    hold_run_lock(Settings().media_home, run_id)
    job = defs.resolve_job_def(job_of(request))
    chosen = frozenset(request.asset_selection) if request.asset_selection else None
    checks = None if request.asset_check_keys is None else frozenset(request.asset_check_keys)
    subset = job.get_subset(asset_selection=chosen, asset_check_selection=checks) if chosen else job
    run = instance.create_run_for_job(
        subset,
        run_id=run_id,
        run_config={**request.run_config, **QUIET},
        tags=tags_of(request),
        asset_selection=chosen if checks is None else None,  # Dagster would take all checks again
        parent_run_id=retried.run_id if retried else None,
        root_run_id=(retried.root_run_id or retried.run_id) if retried else None,
    )
    mark_run(instance, run)
    if retried:
        repeated = {DIED_TAG: REPEATED, AUTO_RETRY_TAG: run_id}  # a backfill waits for the second
        instance.add_run_tags(retried.run_id, repeated)
    marked = instance.get_run_by_id(run.run_id)
    if marked is None:
        raise RuntimeError(f"Dagster's storage lost run {run.run_id} between two calls")
    return marked, subset


def step_of(request: dg.RunRequest) -> str:
    """What the run does, in words for people."""
    kind = request.tags.get(STAGE_TAG) or job_of(request)
    batch = request.tags.get(BATCH_TAG)
    return f"{STEPS.get(kind, kind)}{f' of batch {batch}' if batch else ''}"


@contextmanager
def logging_to_file(home: MediaHome) -> Iterator[None]:
    """Write what goes wrong inside, with its tracebacks, to ``dagster/logs/command.log``."""
    folder = home.dagster / "logs"
    folder.mkdir(exist_ok=True)
    handler = RotatingFileHandler(folder / "command.log", maxBytes=LOG_BYTES, backupCount=1)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    handler.setLevel(logging.WARNING)
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        yield
    finally:
        root.removeHandler(handler)
        handler.close()


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
    """Ask the running service for one run and return its run id.

    Raises CommandError when the service does not answer, or does not let this command in.
    """
    # Half a second that only this needs.
    from dagster_graphql import DagsterGraphQLClient, DagsterGraphQLClientError

    host = "127.0.0.1" if settings.host in EVERY_ADDRESS else settings.host
    token = token_of(settings.media_home)
    try:
        client = DagsterGraphQLClient(
            host, port_number=settings.port, headers={"Authorization": f"{SCHEME}{token}"}
        )
        return submit(client, request)
    except (DagsterGraphQLClientError, RequestException) as error:
        said = plain_text(str(error).partition("\n")[0], longest=LONGEST_ERROR)
        raise CommandError(
            f"the service at http://{host}:{settings.port} did not take the run: {said}",
            hint=WHERE_TO_RUN,
        ) from error


def token_of(home: MediaHome) -> str:
    """The running service's token. Raises CommandError when this user may not read it."""
    try:
        return token_file(home).read_text()
    except OSError as error:
        raise CommandError(
            f"the service's token cannot be read: {error.strerror} ({token_file(home)})",
            hint=WHERE_TO_RUN,
        ) from error


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

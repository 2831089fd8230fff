"""The service's work without a service: the sensors of the code location, ticked in this process.

There is no second scheduler: what is to be done is decided by the same sensors that the service's
daemon evaluates (see sensor_ticks). They are ticked until none asks for anything and nothing that
landed still settles. What a killed process left open is finished then: runs that died, and results
that are missing.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import dagster as dg

from command_line.service.runs import retry_here, run_here
from command_line.service.sensor_ticks import SensorTicks
from dbt_like_sql.published_tables import publication_request
from media_assets.execution.restoration import lost_sources, restoration_requests
from media_assets.media import all_media, medium_of
from media_assets.search.ranking.search_index import needs_refresh
from media_assets.tables import declare_tables
from resources.configuration.settings import Settings
from resources.landing.ingest import IngestResult, look_at_landing
from resources.landing.scan import Problem
from resources.orchestration.run_locks import fail_dead_runs, runs_to_repeat
from resources.rows.row_store import RowStore
from schedules.unfinished_sources import requests_for_missing

LOOK_SECONDS = 0.2
PATIENCE_SECONDS = 5.0
"""Beyond the settle time; what still waits then (an unreadable file) is left to a later look."""


@dataclass(frozen=True)
class ForegroundResult:
    """How each run over sources ended, and what is wrong with the landing folders in the end."""

    runs: tuple[dg.DagsterRunStatus, ...]
    problems: tuple[Problem, ...]


def run_until_idle(settings: Settings, instance: dg.DagsterInstance) -> ForegroundResult:
    """Take and process everything that has landed; publish; return when nothing moves any more.

    Raises LandingRootRefused when the settings name a root that must not be watched.
    """
    settings.media_home.create()
    declare_tables(RowStore(settings.media_home.rows))
    fail_dead_runs(instance, settings.media_home)
    ticks = SensorTicks(instance)
    problems = tick_until_idle(settings, ticks)
    if retried := retry(instance, runs_to_repeat(instance)):
        problems = tick_until_idle(settings, ticks)
    if made := make_missing(settings, instance):
        problems = tick_until_idle(settings, ticks)
    if not ticks.given_up:  # while another process works the sensors postpone these two
        publish(settings, instance)
        refresh_search(settings, instance)
    return ForegroundResult((*ticks.ended, *retried, *made), problems)


def tick_until_idle(settings: Settings, ticks: SensorTicks) -> tuple[Problem, ...]:
    """Tick while a sensor asks or a file settles; return what is wrong with the other files."""
    quiet_since = time.monotonic()
    while True:
        if ticks.until_none_asks():
            quiet_since = time.monotonic()
        found = look_at_landing(settings, medium_of=medium_of)
        if found.chunks or found.read_count or found.is_busy:
            quiet_since = time.monotonic()
        elif not found.waiting_count or is_stuck(settings, found, quiet_since):
            return found.problems
        time.sleep(LOOK_SECONDS)


def retry(instance: dg.DagsterInstance, run_ids: Sequence[str]) -> list[dg.DagsterRunStatus]:
    """Start dead runs over sources again; how they ended.

    They make what is not made yet, and report to Dagster what the dead ones could not report any
    more.
    """
    statuses = [retry_here(instance, run_id) for run_id in run_ids]
    return [status for status in statuses if status is not None]


def make_missing(settings: Settings, instance: dg.DagsterInstance) -> list[dg.DagsterRunStatus]:
    """Make results that nobody asked for, as when a process was killed between two stages.

    How the runs ended. What has failed waits for the service or ``media retry``.
    """
    return [run_here(instance, one) for one in requests_for_missing(settings, instance)]


def publish(settings: Settings, instance: dg.DagsterInstance) -> None:
    """Publish media.duckdb if rows are newer."""
    request = publication_request(settings.media_home, RowStore(settings.media_home.rows))
    if request is not None:
        run_here(instance, request)


def refresh_search(settings: Settings, instance: dg.DagsterInstance) -> None:
    """Bring search, duplicates and clusters up to date if needed; publish what they found."""
    if needs_refresh(settings.media_home):
        run_here(instance, dg.RunRequest(job_name="refresh_search"))
        publish(settings, instance)


def restore_partitions(settings: Settings, instance: dg.DagsterInstance) -> int:
    """Report all rows to Dagster again, if it has lost everything; return how many sources."""
    count = 0
    for medium in all_media().values():
        lost = lost_sources(medium, settings, instance)
        if lost:
            instance.add_dynamic_partitions(medium.partitions_name, lost)
            for request in restoration_requests(medium, lost):
                run_here(instance, request)
        count += len(lost)
    return count


def is_stuck(settings: Settings, found: IngestResult, quiet_since: float) -> bool:
    """Whether all that still waits are files with a problem of their own, or lack room."""
    quiet_seconds = time.monotonic() - quiet_since
    has_problems = found.is_full or found.waiting_count <= len(found.problems)
    return has_problems and quiet_seconds > settings.settle_seconds + PATIENCE_SECONDS

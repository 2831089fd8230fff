"""The main job without a daemon: look at the landing folders, run what they ask for, publish.

It is what the sensors do when the service is up, with the same look, the same run requests and the
same jobs, one after the other in this process. A chunk of images is confirmed only after its run
has ended: killed at any point, the next look offers it again.
"""

import time
from dataclasses import dataclass

import dagster as dg

from command_line.runs import run_here
from dbt_like_sql.publication_due import is_publication_due
from media_assets.images.partitions import source_images
from media_assets.images.restoration import lost_images, restoration_requests
from media_assets.images.stages import recognition_request
from resources.ingest import IngestResult, confirm, look_at_landing
from resources.row_store import RowStore
from resources.run_locks import fail_dead_runs
from resources.run_tags import RENDITIONS, STAGE_TAG
from resources.search_index import needs_refresh
from resources.settings import Settings
from sensors.landing_folders import requests

LOOK_SECONDS = 0.2
PATIENCE_SECONDS = 5.0
"""Beyond the settle time; what still waits then (an unreadable file) is left to a later look."""


@dataclass(frozen=True)
class Worked:
    """What was done: the last look at the landing folders and how each run ended."""

    last_look: IngestResult
    runs: tuple[dg.DagsterRunStatus, ...]


def work_off(
    settings: Settings, instance: dg.DagsterInstance, first_look: IngestResult | None = None
) -> Worked:
    """Take and process everything that has landed; publish; return when nothing moves any more.

    ``first_look`` is what a look at the landing folders has found that was made just now.
    """
    fail_dead_runs(instance, settings.media_home)
    restore_partitions(settings, instance)
    runs: list[dg.DagsterRunStatus] = []
    quiet_since = time.monotonic()
    while True:
        found, first_look = first_look or look_at_landing(settings), None
        if found.chunks:
            runs += run_chunks(settings, instance, found)
        if found.chunks or found.read_count or found.is_busy:
            quiet_since = time.monotonic()
        elif not found.waiting_count or is_stuck(settings, found, quiet_since):
            publish(settings, instance)
            refresh_search(settings, instance)
            return Worked(found, tuple(runs))
        time.sleep(LOOK_SECONDS)


def restore_partitions(settings: Settings, instance: dg.DagsterInstance) -> int:
    """Tell Dagster again what is on record, if it has lost everything; return how many images."""
    partitions = str(source_images.name)
    lost = lost_images(settings, instance)
    if lost:
        instance.add_dynamic_partitions(partitions, lost)
        for request in restoration_requests(lost):
            run_here(instance, request)
    return len(lost)


def is_stuck(settings: Settings, found: IngestResult, quiet_since: float) -> bool:
    """Whether all that still waits are files with a problem of their own, or lack room."""
    quiet_seconds = time.monotonic() - quiet_since
    has_problems = found.is_full or found.waiting_count <= len(found.problems)
    return has_problems and quiet_seconds > settings.settle_seconds + PATIENCE_SECONDS


def run_chunks(
    settings: Settings, instance: dg.DagsterInstance, found: IngestResult
) -> list[dg.DagsterRunStatus]:
    """Run the offered chunks and return how each run ended: all renditions, then recognition."""
    partitions = str(source_images.name)
    wanted = requests(found, instance.get_dynamic_partitions(partitions))
    for addition in wanted.dynamic_partitions_requests or []:
        instance.add_dynamic_partitions(partitions, list(addition.partition_keys))
    first_stage = list(wanted.run_requests or [])
    ended = [run_here(instance, request) for request in first_stage]
    for request in first_stage:
        chunk_id = str(request.run_key)
        is_new = request.tags.get(STAGE_TAG) == RENDITIONS  # else only its sidecars are
        if is_new and (second := recognition_request(chunk_id, request.tags)):
            ended.append(run_here(instance, second))
        confirm(settings.media_home, [chunk_id])
    return ended


def publish(settings: Settings, instance: dg.DagsterInstance) -> None:
    """Publish media.duckdb if rows are newer."""
    if is_publication_due(settings.media_home, RowStore(settings.media_home.rows)):
        run_here(instance, dg.RunRequest(job_name="publish_tables"))


def refresh_search(settings: Settings, instance: dg.DagsterInstance) -> None:
    """Bring search, duplicates and clusters up to date if need be; publish what they found."""
    if needs_refresh(settings.media_home):
        run_here(instance, dg.RunRequest(job_name="refresh_search"))
        publish(settings, instance)

"""The main job without a daemon: look at the landing folders, run what they ask for, publish.

It is what the sensors do when the service is up, with the same look, the same run requests and the
same jobs, one after the other in this process. Recognition waits until the renditions of all that
has landed are made. A chunk of images is confirmed only after its last run has ended: killed at any
point, the next look offers it again.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import dagster as dg

from command_line.queries.tables import prepare
from command_line.service.runs import run_here
from dbt_like_sql.publication_due import is_publication_due
from media_assets.execution.restoration import lost_sources, restoration_requests
from media_assets.execution.stages import recognition_request
from media_assets.media import all_media
from media_assets.search.ranking.search_index import needs_refresh
from resources.configuration.settings import Settings
from resources.landing.ingest import IngestResult, confirm, look_at_landing
from resources.orchestration.run_locks import fail_dead_runs
from resources.orchestration.run_tags import RENDITIONS, STAGE_TAG
from resources.rows.row_store import RowStore
from sensors.landing_folders import requests

LOOK_SECONDS = 0.2
PATIENCE_SECONDS = 5.0
"""Beyond the settle time; what still waits then (an unreadable file) is left to a later look."""


@dataclass(frozen=True)
class Worked:
    """What was done: the last look at the landing folders and how each run ended."""

    last_look: IngestResult
    runs: tuple[dg.DagsterRunStatus, ...]


@dataclass
class Work:
    """The chunks that have been offered, and how far each has come in this process.

    ``rendered``: run tags by id of the chunks whose first stage has ended, in that order.
    ``ended``: how each run ended.
    """

    settings: Settings
    instance: dg.DagsterInstance
    rendered: dict[str, Mapping[str, str]] = field(default_factory=dict)
    ended: list[dg.DagsterRunStatus] = field(default_factory=list)

    def carry_on(self, found: IngestResult) -> None:
        """Render what is offered for the first time; when nothing is, recognise what waits."""
        new = tuple(chunk for chunk in found.chunks if chunk.id not in self.rendered)
        if new:
            self.render(replace(found, chunks=new))
        else:
            self.recognise()

    def render(self, found: IngestResult) -> None:
        """Run the first stage of the offered chunks."""
        wanted = requests(found.chunks, self.instance)
        for addition in wanted.dynamic_partitions_requests or []:
            name = addition.partitions_def_name
            self.instance.add_dynamic_partitions(name, list(addition.partition_keys))
        first_stage = list(wanted.run_requests or [])
        self.ended += [run_here(self.instance, request) for request in first_stage]
        self.rendered.update({str(request.run_key): request.tags for request in first_stage})

    def recognise(self) -> None:
        """Run the second stage of all that is rendered, confirming chunk by chunk."""
        if self.rendered:
            prepare(self.settings.media_home)  # recognition reads what people wrote, if any
        while self.rendered:
            chunk_id, tags = next(iter(self.rendered.items()))
            is_new = tags.get(STAGE_TAG) == RENDITIONS  # else only its sidecars are
            if is_new and (second := recognition_request(all_media()["image"], chunk_id, tags)):
                self.ended.append(run_here(self.instance, second))
            confirm(self.settings.media_home, [chunk_id])
            del self.rendered[chunk_id]


def work_off(
    settings: Settings, instance: dg.DagsterInstance, first_look: IngestResult | None = None
) -> Worked:
    """Take and process everything that has landed; publish; return when nothing moves any more.

    ``first_look`` is what a look at the landing folders has found that was made just now.
    """
    fail_dead_runs(instance, settings.media_home)
    restore_partitions(settings, instance)
    work = Work(settings, instance)
    quiet_since = time.monotonic()
    while True:
        found, first_look = first_look or look_at_landing(settings), None
        work.carry_on(found)
        if found.chunks or found.read_count or found.is_busy:
            quiet_since = time.monotonic()
        elif not found.waiting_count or is_stuck(settings, found, quiet_since):
            break
        time.sleep(LOOK_SECONDS)
    prepare(settings.media_home)
    publish(settings, instance)
    refresh_search(settings, instance)
    return Worked(found, tuple(work.ended))


def restore_partitions(settings: Settings, instance: dg.DagsterInstance) -> int:
    """Tell Dagster again what is on record, if it has lost everything; return how many images."""
    count = 0
    for medium in all_media().values():
        if lost := lost_sources(medium, settings, instance):
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


def publish(settings: Settings, instance: dg.DagsterInstance) -> None:
    """Publish media.duckdb if rows are newer."""
    if is_publication_due(settings.media_home, RowStore(settings.media_home.rows)):
        run_here(instance, dg.RunRequest(job_name="publish_tables"))


def refresh_search(settings: Settings, instance: dg.DagsterInstance) -> None:
    """Bring search, duplicates and clusters up to date if need be; publish what they found."""
    if needs_refresh(settings.media_home):
        run_here(instance, dg.RunRequest(job_name="refresh_search"))
        publish(settings, instance)

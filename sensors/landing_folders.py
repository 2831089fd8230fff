"""Watches the landing folders: takes what has settled and requests the runs that process it.

One look every few seconds. New sources become partitions of their medium in the order in which they
were accepted, and each chunk of them (sources of one batch and medium, at most ``batch_size``) one
ranged run whose run key is the chunk's id. A chunk is offered again until its run exists, so
nothing is lost when a process is killed in between, and nothing runs twice. Settings are read again
at each look. A bad file is named in the tick's message and stops nothing.
"""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence

import dagster as dg

from media_assets.execution.medium import Medium
from media_assets.execution.repair import repair_requests
from media_assets.execution.restoration import lost_sources, restoration_requests
from media_assets.execution.stages import first_assets
from media_assets.jobs import processing_jobs
from media_assets.media import all_media, medium_of
from resources.configuration.media_home import MediaHome
from resources.configuration.priority_names import Priority
from resources.configuration.settings import Settings
from resources.landing.ingest import confirm, look_until_settled, waiting_chunk_ids
from resources.landing.ledger import Chunk
from resources.landing.priorities import priority_of, said_priorities
from resources.landing.roots import LandingRootRefused
from resources.landing.sidecar_links import CHUNK_PREFIX
from resources.orchestration.run_locks import fail_dead_runs
from resources.orchestration.run_priorities import priority_tags
from resources.orchestration.run_tags import (
    BATCH_TAG,
    DEFER_EVENTS_TAG,
    RANGE_END_TAG,
    RANGE_START_TAG,
    RENDITIONS,
    ROOT_TAG,
    RUN_KEY_TAG,
    STAGE_TAG,
)
from resources.rows.row_store import RowStore

RUN_KEYS_PER_QUERY = 500

Urgency = Mapping[str, Priority]
"""Chunk id -> how urgent its batch is."""


@dg.sensor(
    jobs=processing_jobs(),
    minimum_interval_seconds=2,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Takes new files from the landing folders and requests the runs that process them.",
)
def landing_folders(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
    """Takes new files from the landing folders and requests one run per chunk of new sources."""
    try:
        settings = Settings()
    except ValueError as error:  # also of TOML and of its encoding
        return dg.SkipReason(f"The settings cannot be read: {error}")
    try:
        fail_dead_runs(context.instance, settings.media_home)
        confirm_requested(context.instance, settings.media_home)
        if lost := restorations(settings, context.instance):
            return lost
        found = look_until_settled(settings, medium_of=medium_of)
    except LandingRootRefused as error:
        return dg.SkipReason(str(error))
    except sqlite3.DatabaseError as error:
        return dg.SkipReason(f"The ledger of the landing folders cannot be used now: {error}")
    context.log.info("%s", found.message)
    if not found.chunks:
        return dg.SkipReason(found.message)
    said = said_priorities(RowStore(settings.media_home.rows))
    urgency = {one.id: priority_of(one.root, one.batch, said, settings) for one in found.chunks}
    return requests(found.chunks, context.instance, urgency)


def confirm_requested(instance: dg.DagsterInstance, home: MediaHome) -> None:
    """Stop offering chunks for which a run exists."""
    waiting = waiting_chunk_ids(home)
    requested = [
        run.tags[RUN_KEY_TAG]
        for some in _slices(waiting)
        for run in instance.get_runs(dg.RunsFilter(tags={RUN_KEY_TAG: some}))
    ]
    if requested:
        confirm(home, requested)


def restorations(settings: Settings, instance: dg.DagsterInstance) -> dg.SensorResult | None:
    """The runs that report all sources of a medium to Dagster again, if it lost them; else None."""
    lost = {medium: lost_sources(medium, settings, instance) for medium in all_media().values()}
    found = {medium: source_ids for medium, source_ids in lost.items() if source_ids}
    if not found:
        return None
    return dg.SensorResult(
        run_requests=[
            one for medium in found for one in restoration_requests(medium, found[medium])
        ],
        dynamic_partitions_requests=[
            medium.partitions.build_add_request(found[medium]) for medium in found
        ],
    )


def requests(
    chunks: Sequence[Chunk], instance: dg.DagsterInstance, urgency: Urgency
) -> dg.SensorResult:
    """The partitions and runs that the offered chunks need."""
    found = dg.SensorResult(run_requests=[], dynamic_partitions_requests=[])
    for medium in all_media().values():
        mine = [chunk for chunk in chunks if chunk.medium == medium.name]
        if mine:
            known = instance.get_dynamic_partitions(medium.partitions_name)
            wanted = requests_of(medium, mine, known, urgency)
            found = dg.SensorResult(
                run_requests=[*(found.run_requests or []), *(wanted.run_requests or [])],
                dynamic_partitions_requests=[
                    *(found.dynamic_partitions_requests or []),
                    *(wanted.dynamic_partitions_requests or []),
                ],
            )
    return found


def requests_of(
    medium: Medium, chunks: Sequence[Chunk], known_keys: Sequence[str], urgency: Urgency
) -> dg.SensorResult:
    """What the chunks of one medium need; ``known_keys`` are its partitions in their order."""
    known = set(known_keys)
    new_keys = [key for chunk in chunks for key in chunk.source_ids if key not in known]
    keys = [*known_keys, *new_keys]
    positions = {key: place for place, key in enumerate(keys)}
    additions = [medium.partitions.build_add_request(new_keys)] if new_keys else []
    return dg.SensorResult(
        run_requests=[
            with_priority(request, urgency[chunk.id])
            for chunk in chunks
            for request in run_requests(medium, chunk, keys, positions)
        ],
        dynamic_partitions_requests=additions,
    )


def with_priority(request: dg.RunRequest, priority: Priority) -> dg.RunRequest:
    """The request with the tags of its priority."""
    return request.with_replaced_attrs(tags={**request.tags, **priority_tags(priority)})


def run_requests(
    medium: Medium, chunk: Chunk, keys: Sequence[str], positions: Mapping[str, int]
) -> Iterator[dg.RunRequest]:
    """The run of new sources, or of old ones whose sidecars changed: these need little of it."""
    if not chunk.id.startswith(CHUNK_PREFIX):
        yield run_request(medium, chunk, keys, positions)
        return
    for request in repair_requests(medium, keys, chunk.source_ids, assets=["sidecar_metadata"]):
        yield request.with_replaced_attrs(run_key=chunk.id)


def run_request(
    medium: Medium, chunk: Chunk, keys: Sequence[str], positions: Mapping[str, int]
) -> dg.RunRequest:
    """One run over the range of ``keys`` that covers the chunk."""
    places = [positions[source_id] for source_id in chunk.source_ids]
    first, last = min(places), max(places)
    tags = {
        RANGE_START_TAG: keys[first],
        RANGE_END_TAG: keys[last],
        BATCH_TAG: chunk.batch,
        ROOT_TAG: chunk.root,
        STAGE_TAG: RENDITIONS,
    }
    if last - first >= len(places):
        tags[DEFER_EVENTS_TAG] = "true"
    return dg.RunRequest(
        run_key=chunk.id, tags=tags, asset_selection=first_assets(medium), job_name=medium.job
    )


def _slices(chunk_ids: Sequence[str]) -> Iterator[list[str]]:
    for start in range(0, len(chunk_ids), RUN_KEYS_PER_QUERY):
        yield list(chunk_ids[start : start + RUN_KEYS_PER_QUERY])

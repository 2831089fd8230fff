"""Dagster's partitions and statuses made again from the rows, after it lost them.

All of them, when its own storage was lost; single ones, when somebody deleted partitions in the UI.
The runs make nothing: they report to Dagster what is on record of each source.
"""

from collections.abc import Collection, Iterator, Sequence

import dagster as dg
import polars as pl

from media_assets.execution.medium import Medium
from media_assets.execution.repair import selection_config
from media_assets.execution.steps import SOURCES_PER_RUN
from resources.configuration.settings import Settings
from resources.landing.ingest import waiting_source_ids
from resources.orchestration.run_tags import (
    DEFER_EVENTS_TAG,
    PLANNED_TAG,
    RANGE_END_TAG,
    RANGE_START_TAG,
)
from resources.rows.row_envelope import IMAGE_ID
from resources.rows.row_store import RowStore
from resources.sources.source_rows import IMAGE_MEDIUM, ORIGINAL


def lost_sources(medium: Medium, settings: Settings, instance: dg.DagsterInstance) -> list[str]:
    """The accepted sources of a medium, oldest first, when Dagster knows none; else none."""
    if instance.get_dynamic_partitions(medium.partitions_name):
        return []
    return absent_sources(medium, settings, instance)


def absent_sources(medium: Medium, settings: Settings, instance: dg.DagsterInstance) -> list[str]:
    """The accepted sources of a medium, oldest first, that are no partition in Dagster.

    Those that still wait for their first run are not lost: Dagster cannot know them yet.
    """
    store = RowStore(settings.media_home.rows)
    if ORIGINAL.name not in store.tables():
        return []
    known = set(instance.get_dynamic_partitions(medium.partitions_name))
    store.declare(ORIGINAL)
    of_medium = pl.col("medium").fill_null(IMAGE_MEDIUM) == medium.name
    found = store.scan(ORIGINAL.name).filter(of_medium).select(IMAGE_ID, "_seq", "_row").collect()
    accepted = found.sort("_seq", "_row")[IMAGE_ID].unique(maintain_order=True)
    waiting = waiting_source_ids(settings.media_home)
    return [one for one in accepted if one not in known and one not in waiting]


def restoration_requests(medium: Medium, source_ids: Sequence[str]) -> Iterator[dg.RunRequest]:
    """Runs that report these sources, which are neighbors among the partitions."""
    for start in range(0, len(source_ids), SOURCES_PER_RUN):
        part = source_ids[start : start + SOURCES_PER_RUN]
        request = report_request(medium, part[0], part[-1], medium.recipes)
        yield request.with_replaced_attrs(run_key=f"restored-{part[0]}")


def report_request(medium: Medium, first: str, last: str, assets: Collection[str]) -> dg.RunRequest:
    """A run that makes nothing and reports what is on record, over a range of partitions."""
    return dg.RunRequest(
        job_name=medium.job,
        run_config=selection_config(medium, assets, {"report_only": True}, forced=()),
        asset_selection=[medium.key(name) for name in assets],
        tags={
            RANGE_START_TAG: first,
            RANGE_END_TAG: last,
            # Nothing is announced, so that what is not on record keeps its status.
            DEFER_EVENTS_TAG: "true",
            PLANNED_TAG: "true",
        },
    )

"""Dagster's partitions and statuses made again from the rows, after its own storage was lost.

The runs find every row fresh: they make nothing, and report to Dagster what is on record of each
source.
"""

from collections.abc import Sequence

import dagster as dg
import polars as pl

from media_assets.execution.medium import Medium
from media_assets.execution.steps import SOURCES_PER_RUN
from resources.configuration.settings import Settings
from resources.landing.ingest import waiting_source_ids
from resources.orchestration.run_tags import RANGE_END_TAG, RANGE_START_TAG
from resources.rows.row_envelope import IMAGE_ID
from resources.rows.row_store import RowStore
from resources.sources.source_rows import IMAGE_MEDIUM, ORIGINAL


def lost_sources(medium: Medium, settings: Settings, instance: dg.DagsterInstance) -> list[str]:
    """The accepted sources of a medium, oldest first, when Dagster knows none; else none.

    Those that still wait for their first run are not lost: Dagster cannot know them yet.
    """
    store = RowStore(settings.media_home.rows)
    if instance.get_dynamic_partitions(medium.partitions_name):
        return []
    if ORIGINAL.name not in store.tables():
        return []
    store.declare(ORIGINAL)
    of_medium = pl.col("medium").fill_null(IMAGE_MEDIUM) == medium.name
    found = store.scan(ORIGINAL.name).filter(of_medium).select(IMAGE_ID, "_seq", "_row").collect()
    accepted = found.sort("_seq", "_row")[IMAGE_ID].unique(maintain_order=True)
    waiting = waiting_source_ids(settings.media_home)
    return [source_id for source_id in accepted if source_id not in waiting]


def restoration_requests(medium: Medium, source_ids: Sequence[str]) -> list[dg.RunRequest]:
    """Runs over these sources, which are neighbors among the partitions."""
    parts = [
        source_ids[start : start + SOURCES_PER_RUN]
        for start in range(0, len(source_ids), SOURCES_PER_RUN)
    ]
    return [
        dg.RunRequest(
            run_key=f"restored-{part[0]}",
            job_name=medium.job,
            tags={RANGE_START_TAG: part[0], RANGE_END_TAG: part[-1]},
        )
        for part in parts
    ]

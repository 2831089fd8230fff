"""Dagster's partitions and statuses made again from the rows, after its own storage was lost.

The runs find every row fresh: they make nothing, and tell Dagster of each image what is on record.
"""

from collections.abc import Sequence

import dagster as dg

from media_assets.execution.image_asset import IMAGES_PER_BACKFILL_RUN
from media_assets.execution.partitions import source_images
from resources.configuration.settings import Settings
from resources.landing.ingest import waiting_image_ids
from resources.orchestration.run_tags import RANGE_END_TAG, RANGE_START_TAG
from resources.rows.row_store import RowStore

ORIGINAL = "ingest/original"


def lost_images(settings: Settings, instance: dg.DagsterInstance) -> list[str]:
    """The accepted images, oldest first, when Dagster knows none; else nothing is lost.

    Those that still wait for their first run are not lost: Dagster cannot know them yet.
    """
    store = RowStore(settings.media_home.rows)
    if instance.get_dynamic_partitions(str(source_images.name)) or ORIGINAL not in store.tables():
        return []
    accepted = store.scan(ORIGINAL).select("image_id", "_seq", "_row").collect()
    ordered = accepted.sort("_seq", "_row")["image_id"]
    waiting = waiting_image_ids(settings.media_home)
    return [image_id for image_id in ordered.unique(maintain_order=True) if image_id not in waiting]


def restoration_requests(image_ids: Sequence[str]) -> list[dg.RunRequest]:
    """Runs over these images, which are neighbours among the partitions."""
    parts = [
        image_ids[start : start + IMAGES_PER_BACKFILL_RUN]
        for start in range(0, len(image_ids), IMAGES_PER_BACKFILL_RUN)
    ]
    return [
        dg.RunRequest(
            run_key=f"restored-{part[0]}",
            job_name="process_images",
            tags={RANGE_START_TAG: part[0], RANGE_END_TAG: part[-1]},
        )
        for part in parts
    ]

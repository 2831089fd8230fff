"""Finishes what crashes and passing troubles left open: images with missing or failed derivatives.

Runs that die are retried by Dagster itself; this is the net below, which asks the tables instead
of the runs. What has failed three times under one recipe waits for a person (``media retry``).
What was skipped for want of an input comes along with it. Stale derivatives are left alone: making
them again is a decision. Only what people and sidecars say is taken up without asking: it costs
next to nothing, and a killed command may have left it open.
"""

from collections.abc import Iterator

import dagster as dg
import duckdb

from media_assets.execution.repair import repair_requests
from media_assets.media import all_media
from resources.configuration.settings import Settings
from resources.orchestration.runs_under_way import runs_under_way
from resources.stores.free_space import has_room, no_room
from resources.warehouse.publication import reading

MOST_ATTEMPTS = 3
IMAGES_AT_A_TIME = 2000

UNFINISHED = f"""
select image_id, list(distinct asset)
from gaps
where (gap in ('missing', 'failed') and attempts < {MOST_ATTEMPTS})
or (gap = 'stale' and asset in ('sidecar_metadata', 'catalogue_record'))
group by image_id
limit {IMAGES_AT_A_TIME}
"""  # noqa: S608 - numbers of ours


@dg.schedule(
    job_name="process_images",
    cron_schedule="*/10 * * * *",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Requests runs for images that a crash or a passing trouble left open.",
)
def unfinished_images(
    context: dg.ScheduleEvaluationContext,
) -> Iterator[dg.RunRequest | dg.SkipReason]:
    """Every ten minutes: requests runs for images that a crash or a passing trouble left open."""
    if runs_under_way(context.instance, "process_images"):
        yield dg.SkipReason("images are being processed")
        return
    settings = Settings()
    if not has_room(settings):
        yield dg.SkipReason(no_room(settings))
        return
    open_images = unfinished(settings)
    medium = all_media()["image"]
    keys = context.instance.get_dynamic_partitions(medium.partitions_name)
    open_assets = {asset for assets in open_images.values() for asset in assets}
    requests = repair_requests(medium, keys, open_images, assets=open_assets) if open_images else ()
    for number, request in enumerate(requests):
        yield request.with_replaced_attrs(run_key=f"{context.scheduled_execution_time}-{number}")
    if not open_images:
        yield dg.SkipReason("no image is unfinished")


def unfinished(settings: Settings) -> dict[str, list[str]]:
    """Image id -> its derivatives with a gap that a run may close, as of the last publication.

    Runs are asked for these alone (and what is made from them): fresh ones need no look, and stale
    ones are left as they are.
    """
    if not settings.media_home.warehouse.exists():
        return {}
    with reading(settings.media_home.warehouse) as connection:
        try:
            return dict(connection.execute(UNFINISHED).fetchall())
        except duckdb.CatalogException:  # a publication of an older version: the next is at hand
            return {}

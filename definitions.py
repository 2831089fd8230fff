"""The code location: wires assets, sensors, schedules and resources together.

Imported by nobody but Dagster and the command line. No medium is named here: each brings its
assets, its job and its partitions along.
"""

import dagster as dg

import media_assets.search
from dbt_like_sql.ingest_tables import ingest_tables
from dbt_like_sql.published_tables import make_published_tables
from media_assets.execution.assets import assets_of
from media_assets.exports.batch_exports import batch_exports
from media_assets.fixity.checks import fixity_check
from media_assets.jobs import QUIET, processing_jobs
from media_assets.media import all_media
from media_assets.tables import CURATED, INGESTED
from resources.configuration.file_modes import keep_private
from resources.configuration.settings import Settings
from resources.decoding.decoder_pool_resource import DecoderPoolResource
from resources.orchestration.json_console import json_console
from resources.orchestration.media_resource import MediaResource
from resources.warehouse.warehouse_resource import WarehouseResource
from schedules.fixity_checks import check_fixity, fixity_checks
from schedules.forgotten_failures import (
    check_failures,
    forgotten_failures,
    nothing_failed_is_forgotten,
)
from schedules.row_compaction import compact_rows, row_compaction
from schedules.stuck_work import stuck_work
from schedules.superseded_events import prune_event_log, superseded_events
from schedules.unfinished_sources import unfinished_schedules
from sensors.cancelled_batches import cancelled_batches
from sensors.damaged_derivatives import damaged_derivatives
from sensors.landing_folders import landing_folders
from sensors.notifications import notifications
from sensors.outdated_search import outdated_search
from sensors.processed_images import processed_images
from sensors.unpublished_rows import unpublished_rows

settings = Settings()
keep_private(settings.home)
derivatives = [asset for medium in all_media().values() for asset in assets_of(medium)]
search_assets = [
    asset
    for asset in dg.load_assets_from_package_module(media_assets.search)
    if isinstance(asset, dg.AssetsDefinition)
]
published_tables = make_published_tables([key for asset in derivatives for key in asset.keys])

publish_tables = dg.define_asset_job(
    "publish_tables",
    selection=dg.AssetSelection.assets(published_tables, batch_exports)
    - dg.AssetSelection.checks(nothing_failed_is_forgotten),
    config=QUIET,
    description="Publishes media.duckdb and its SQL models from the rows, and exports the batches "
    "that are complete. Requested after runs.",
)

refresh_search = dg.define_asset_job(
    "refresh_search",
    selection=dg.AssetSelection.assets(*search_assets),
    config=QUIET,
    description="Brings the search index, duplicates and clusters up to date with media.duckdb. "
    "Requested after publications.",
)

defs = dg.Definitions(
    assets=[
        *derivatives,
        *ingest_tables([*INGESTED, *CURATED]),
        published_tables,
        batch_exports,
        fixity_check,
        *search_assets,
    ],
    asset_checks=[nothing_failed_is_forgotten],
    jobs=[
        *processing_jobs(),
        publish_tables,
        refresh_search,
        compact_rows,
        prune_event_log,
        check_fixity,
        check_failures,
    ],
    sensors=[  # in the order in which a command without the service ticks them
        landing_folders,
        processed_images,
        unpublished_rows,
        outdated_search,
        cancelled_batches,
        damaged_derivatives,
        notifications,
    ],
    schedules=[
        row_compaction,
        superseded_events,
        fixity_checks,
        forgotten_failures,
        stuck_work,
        *unfinished_schedules(),
    ],
    executor=dg.in_process_executor,
    loggers={"console": json_console} if settings.log_format == "json" else None,
    resources={
        "media": MediaResource(root=str(settings.home)),
        "decoders": DecoderPoolResource(
            workers=settings.workers,
            limits=settings.limits.model_dump(),
            preload=[media_assets.DERIVATIVES],
        ),
        "warehouse": WarehouseResource(home=str(settings.home)),
    },
)

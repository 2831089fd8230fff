"""The code location: wires assets, sensors, schedules and resources together.

Imported by nobody but Dagster and the command line.
"""

import dagster as dg
from dbt_like_sql.published_tables import published_tables
from resources.warehouse_resource import WarehouseResource
from sensors.landing_folders import landing_folders

import media_assets.images
from media_assets.images.image_asset import recipes
from media_assets.images.partitions import source_images
from resources.decoder_pool_resource import DecoderPoolResource
from resources.media_resource import MediaResource
from resources.settings import Settings

settings = Settings()
image_assets = dg.load_assets_from_package_module(media_assets.images)

process_images = dg.define_asset_job(
    "process_images",
    selection=dg.AssetSelection.assets(*image_assets),
    partitions_def=source_images,
    description="Every derivative of a range of source images. Requested by the landing sensor.",
)

publish_tables = dg.define_asset_job(
    "publish_tables",
    selection=dg.AssetSelection.assets(published_tables),
    description="Publishes media.duckdb and its SQL models from the rows. Requested after runs.",
)

defs = dg.Definitions(
    assets=[*image_assets, published_tables],
    jobs=[process_images, publish_tables],
    sensors=[landing_folders],
    executor=dg.in_process_executor,
    resources={
        "media": MediaResource(root=str(settings.home)),
        "decoders": DecoderPoolResource(
            workers=settings.workers,
            limits=settings.limits.model_dump(),
            preload=[recipe.make.__module__ for recipe in recipes.values()],
        ),
        "warehouse": WarehouseResource(home=str(settings.home)),
    },
)

"""Publishes what has been made: asks for media.duckdb when rows are newer than it.

It looks at the state, not at events, so a publication that failed or was killed is asked for again.
While runs are in progress the file is published once a minute at most; the live views are current
all the time.
"""

import hashlib
import time

import dagster as dg

from dbt_like_sql.model_files import models_version
from dbt_like_sql.published_tables import publication_request
from media_assets.exports.batch_exports import batch_exports
from media_assets.media import all_media
from media_assets.tables import declare_tables
from resources.configuration.media_home import MediaHome
from resources.configuration.settings import Settings
from resources.orchestration.run_tags import RECOGNITION, RENDITIONS, STAGE_TAG
from resources.orchestration.runs_under_way import oldest_under_way, runs_under_way
from resources.rows.row_paths import file_state, row_file_names
from resources.rows.row_store import RowStore

SECONDS_BETWEEN = 60.0
"""A publication costs seconds; a long ingest need not pay them after every run."""

SECONDS_OF_A_SHORT_RECOGNITION = 20.0
"""A few pictures are recognized by then, and published once and not twice; a publication also
brings a refresh of search, and that another publication."""


@dg.sensor(
    job_name="publish_tables",
    minimum_interval_seconds=3,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Requests a publication of media.duckdb when there are rows that it lacks.",
)
def unpublished_rows(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    """Requests a publication of media.duckdb when there are rows that it lacks."""
    home = Settings().media_home
    found = what_is_there(home)
    if context.cursor == found:
        return dg.SkipReason("media.duckdb is up to date")
    if runs_under_way(context.instance, "publish_tables"):
        return dg.SkipReason("a publication is under way")
    if is_too_early(context.instance, home):
        return dg.SkipReason("sources are being processed: published once a minute meanwhile")
    store = RowStore(home.rows)
    declare_tables(store)
    request = publication_request(home, store)
    if request is None:
        context.update_cursor(found)
        return dg.SkipReason("media.duckdb is up to date")
    return request._replace(asset_selection=[*(request.asset_selection or ()), *batch_exports.keys])


def what_is_there(home: MediaHome) -> str:
    """64 hex digits that change with each commit of rows, each publication, and the models.

    The cursor holds those at which nothing was to be done: a look then opens no file.
    """
    found = [models_version(), file_state(home.warehouse), row_file_names(home.rows)]
    return hashlib.sha256(repr(found).encode()).hexdigest()


def is_too_early(instance: dg.DagsterInstance, home: MediaHome) -> bool:
    """Whether sources are being processed, and that or the last publication is a minute young.

    A single run of a few sources thus ends before its publication, which would slow it down; so
    does a short recognition. One that takes longer is not waited for.
    """
    if not any(runs_under_way(instance, medium.job) for medium in all_media().values()):
        return False
    made_since = oldest_under_way(instance, {STAGE_TAG: RENDITIONS}) or 0.0
    recognized_since = oldest_under_way(instance, {STAGE_TAG: RECOGNITION}) or 0.0
    published = home.warehouse.stat().st_mtime if home.warehouse.exists() else 0.0
    return time.time() < max(
        made_since + SECONDS_BETWEEN,
        recognized_since + SECONDS_OF_A_SHORT_RECOGNITION,
        published + SECONDS_BETWEEN,
    )

"""The published DuckDB file as a Dagster resource; while a run holds it, the run is provably alive.

A file lock, which the kernel releases, allows one publication at a time. A pool of Dagster's would
stay taken by a killed run until a daemon frees it, and without a daemon forever.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import duckdb

from resources.configuration.media_home import MediaHome
from resources.orchestration.run_locks import hold_run_lock
from resources.rows.row_store import RowStore
from resources.warehouse.database_file import reading
from resources.warehouse.live_views import BuildViews, publish_live_views
from resources.warehouse.publication import BuildTables, Publication, publish


class WarehouseResource(dg.ConfigurableResource):
    """media.duckdb and live.duckdb of one MEDIA_HOME."""

    home: str
    """Absolute path of MEDIA_HOME."""

    @property
    def media_home(self) -> MediaHome:
        """The paths below MEDIA_HOME."""
        return MediaHome(Path(self.home))

    def publish(self, build_tables: BuildTables) -> Publication:
        """Publish media.duckdb; see resources.warehouse.publication.publish."""
        return publish(self.media_home, RowStore(self.media_home.rows), build_tables)

    def publish_live_views(self, build_views: BuildViews, models_version: str) -> bool:
        """Publish live.duckdb if needed; see resources.warehouse.live_views.publish_live_views."""
        store = RowStore(self.media_home.rows)
        return publish_live_views(self.media_home, store, build_views, models_version)

    def setup_for_execution(self, context: dg.InitResourceContext) -> None:
        """Hold the run's lock, if there is a run, for as long as the process lives."""
        if context.run is not None:
            hold_run_lock(self.media_home, context.run.run_id)

    @contextmanager
    def reading(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A read-only connection on media.duckdb. Raises duckdb.Error when there is none."""
        with reading(self.media_home.warehouse) as connection:
            yield connection

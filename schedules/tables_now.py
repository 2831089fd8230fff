"""The tables as they are now, for schedules."""

from contextlib import AbstractContextManager

import duckdb

from dbt_like_sql.model_files import models_version
from dbt_like_sql.models import build_views
from dbt_like_sql.publication_due import is_publication_due
from media_assets.tables import declare_tables
from resources.configuration.settings import Settings
from resources.rows.row_store import RowStore
from resources.warehouse.database_file import reading
from resources.warehouse.live_views import open_live


def current_tables(settings: Settings) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
    """The published tables, or the live views when rows are newer (slower)."""
    home = settings.media_home
    store = RowStore(home.rows)
    declare_tables(store)
    if is_publication_due(home, store):
        return open_live(home, store, build_views, models_version())
    return reading(home.warehouse)

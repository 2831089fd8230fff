"""The tables as the commands read them: live, to the second, and always read-only."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import polars as pl

from dbt_like_sql.models import build_views, models_version
from media_assets.tables import declare_tables
from resources.configuration.media_home import MediaHome
from resources.configuration.settings import Settings
from resources.rows.row_store import RowStore
from resources.warehouse.live_views import publish_live_views
from resources.warehouse.read_only_query import QueryError, read_only_query

__all__ = ["QueryError", "Record", "Tables"]

Record = dict[str, object]
"""One row: column name -> value."""


@dataclass(frozen=True)
class Tables:
    """The live views of one MEDIA_HOME."""

    home: MediaHome

    @classmethod
    def open(cls) -> Self:
        """The tables of the configured MEDIA_HOME; an empty one is prepared."""
        home = Settings().media_home
        prepare(home)
        return cls(home)

    def user_query(self, sql: str, values: Sequence[object] = ()) -> pl.DataFrame:
        """The result of one SELECT that can change and reach nothing. Raises QueryError."""
        return read_only_query(self.home.live, sql, values=values, readable=self.home.rows)

    def records(self, sql: str, values: Sequence[object] = ()) -> list[Record]:
        """The rows of a query of ours, by column name."""
        return self.user_query(sql, values).to_dicts()

    def rows(self, sql: str, values: Sequence[object] = ()) -> list[tuple[object, ...]]:
        """The rows of a query of ours."""
        return self.user_query(sql, values).rows()


def prepare(home: MediaHome) -> RowStore:
    """Make the folders, tables and live views exist. Harmless and fast when they do."""
    home.create()
    store = RowStore(home.rows)
    declare_tables(store)
    publish_live_views(home, store, build_views, models_version())
    return store

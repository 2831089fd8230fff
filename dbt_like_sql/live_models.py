"""The SQL models as they are now, on the live base layer: published rows, and those made anew.

Which rows are made anew, and from what, is told in ``narrow_models``.
"""

import re
from collections.abc import Sequence

import duckdb

from dbt_like_sql.narrow_models import (
    Form,
    NarrowModels,
    PublishedModel,
    create_view,
    forms_of,
    remembered_models,
)
from resources.warehouse.live_tables import LiveTable

BY_SOURCE = """
select known.*
from published.main."{name}" as known
anti join fresh.touched on known.{by} = touched.source_id
union all
select anew.*
from narrow.main."{name}" as anew
semi join fresh.touched on anew.{by} = touched.source_id
"""

WORD = re.compile(r"\w+")
ASKING_FOR_NAMES = {
    *("show", "information_schema", "pragma_table_info", "pg_catalog", "sqlite_master"),
    *("duckdb_tables", "duckdb_views", "duckdb_columns", "duckdb_schemas"),
}
"""Words of a query that asks which tables there are."""


class LiveModels:
    """The models of one connection, each made a view when a query first mentions it.

    To make all of them takes half a second, which a query about one table need not wait for.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, tables: Sequence[LiveTable]) -> None:
        models = remembered_models(connection, "published")
        self._connection = connection
        self._models = {model.name: model for model in models}
        self._forms = forms_of(models, tables)
        self._narrow = NarrowModels(connection, tables, models)
        self._made: set[str] = set()

    def make_mentioned(self, sql: str) -> None:
        """Make the models whose names are words of ``sql``; all, if it asks which there are."""
        words = set(WORD.findall(sql.lower()))
        if words & ASKING_FOR_NAMES:
            self.make_all()
        for name in words & self._models.keys():
            self._make(name)

    def make_all(self) -> None:
        """Make every model. Raises duckdb.Error with a note that names it."""
        for name in self._models:
            self._make(name)

    def _make(self, name: str) -> None:
        """Make one model, after those that it reads; the base layer has all other tables."""
        if name in self._made or name not in self._models:
            return
        self._made.add(name)
        model = self._models[name]
        form = self._forms[name] if model.layer == "marts" else "anew"
        if form == "by_source":
            self._make("stg_media__children")
            self._narrow.make(name)
        if form == "anew":
            for read in model.reads:
                self._make(read)
        create_view(self._connection, "media", name, select_of(model, form))


def select_of(model: PublishedModel, form: Form) -> str:
    """The SELECT of a mart."""
    if form == "anew":
        return model.sql
    if form == "published":
        return f'from published.main."{model.name}"'
    return BY_SOURCE.format(name=model.name, by=model.live_by)

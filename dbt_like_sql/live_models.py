"""The SQL models as they are now, on the live base layer: published rows, and those made anew.

A mart whose header says ``live: by(image_id)`` has rows that depend on one source each (and on
tables that nobody changed): its published rows count but for the sources that were touched since,
whose rows are made anew from a base layer narrowed to them and their relations. A mart that says
``live: anew, ...`` is one SELECT over the live rows below it. All others are as published.

Touched are the sources with rows that came since; their parents and children (a child counts as
superseded by what its parent says); and those seen at a path where a file was seen since.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import duckdb

from resources.warehouse.live_tables import ARTIFACT_VIEWS, LiveTable

MODELS = """
select name, layer, sql, reads, live_by
from published.publication.model
order by position
"""
CHANGED = "select {column} as source_id from fresh.{table}"
RELATIVES = """
select parent_id as source_id
from media.ingest.original
where image_id in (from {sources}) and parent_id is not null
union
select image_id from media.ingest.original where parent_id in (from {sources})
union
select parent_id from media.main.stg_media__children where child_id in (from {sources})
union
select child_id from media.main.stg_media__children where parent_id in (from {sources})
"""
AT_THE_SAME_PATH = """
select mate.image_id as source_id
from media.ingest.sighting as mate
semi join {seen} as seen
    on mate.root is not distinct from seen.root
    and mate.path_display is not distinct from seen.path_display
"""
SEEN_OF_TOUCHED = "(from media.ingest.sighting where image_id in (from fresh.touched))"
NARROW = "create {kind} narrow.{table} as from media.{table}"
AROUND = " where {column} in (from fresh.around)"
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

Form = Literal["published", "by_source", "anew"]
Database = Literal["media", "narrow"]


@dataclass(frozen=True)
class PublishedModel:
    """One model as the publication remembers it.

    ``live_by`` is the column whose sources have their rows made anew; None where all rows are.
    """

    name: str
    layer: str
    sql: str
    reads: Sequence[str]
    live_by: str | None


class LiveModels:
    """The models of one connection, each made a view when a query first mentions it.

    To make all of them takes half a second, which a query about one table need not wait for.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, tables: Sequence[LiveTable]) -> None:
        models = [PublishedModel(*row) for row in connection.execute(MODELS).fetchall()]
        self._connection = connection
        self._tables = tables
        self._models = {model.name: model for model in models}
        self._forms = forms_of(models, tables)
        self._made: set[tuple[str, str]] = set()

    def make_mentioned(self, sql: str) -> None:
        """Make the models whose names are words of ``sql``; all, if it asks which there are."""
        words = set(WORD.findall(sql.lower()))
        if words & ASKING_FOR_NAMES:
            self.make_all()
        for name in words & self._models.keys():
            self._make("media", name)

    def make_all(self) -> None:
        """Make every model. Raises duckdb.Error with a note that names it."""
        for name in self._models:
            self._make("media", name)

    def _make(self, database: Database, name: str) -> None:
        """Make one model in ``media`` or ``narrow``, after those that it reads."""
        if (database, name) in self._made:
            return
        self._made.add((database, name))
        model = self._models[name]
        form = self._forms[name] if database == "media" and model.layer == "marts" else "anew"
        if form == "by_source":
            self._narrow_down()
            self._make("narrow", name)
        if form == "anew":
            for read in model.reads:
                self._make_read(database, read)
        self._create(database, name, select_of(model, form))

    def _make_read(self, database: Database, name: str) -> None:
        """Make what a model reads, unless the base layer has it."""
        if name in self._models:
            self._make(database, name)
        elif name in ARTIFACT_VIEWS and database == "narrow" and (database, name) not in self._made:
            self._made.add((database, name))
            around = AROUND.format(column="source_id")
            create = NARROW.format(kind="table", table=f"main.{name}")
            self._connection.execute(create + around)

    def _narrow_down(self) -> None:
        """Make database ``narrow``: the base layer, only of the sources that are made anew."""
        if ("narrow", "") in self._made:
            return
        self._made.add(("narrow", ""))
        self._make("media", "stg_media__children")
        find_touched(self._connection, self._tables)
        for schema in sorted({table.name.split(".")[0] for table in self._tables}):
            self._connection.execute(f"create schema narrow.{schema}")
        for table in self._tables:
            around = AROUND.format(column=table.source_column) if table.source_column else ""
            create = NARROW.format(kind="view", table=table.name)
            self._connection.execute(create + around)

    def _create(self, database: Database, name: str, sql: str) -> None:
        try:
            self._connection.execute(f'use {database}; create view "{name}" as {sql}')
        except duckdb.Error as error:
            error.add_note(f"while making {name} of the live tables")
            raise
        finally:
            self._connection.execute("use media")


def history_of(table: str) -> str:
    """The table with all rows that one like ``image.caption`` ever had, if it has such."""
    return table.replace(".", "_history.", 1)


def forms_of(models: Sequence[PublishedModel], tables: Sequence[LiveTable]) -> Mapping[str, Form]:
    """How each model is made, by name. ``models`` come after those that they read."""
    changed = {table.name for table in tables if table.has_fresh}
    unnamed = {table.name for table in tables if table.has_fresh and not table.source_column}
    unions = set(ARTIFACT_VIEWS) if changed - unnamed else set()
    below: dict[str, set[str]] = {}
    forms: dict[str, Form] = {}
    for model in models:
        below[model.name] = {base for name in model.reads for base in below.get(name, {name})}
        if not below[model.name] & (changed | unions):
            forms[model.name] = "published"
        elif model.live_by and not below[model.name] & unnamed:
            forms[model.name] = "by_source"
        else:
            forms[model.name] = "anew"
    return forms


def select_of(model: PublishedModel, form: Form) -> str:
    """The SELECT of a mart."""
    if form == "anew":
        return model.sql
    if form == "published":
        return f'from published.main."{model.name}"'
    return BY_SOURCE.format(name=model.name, by=model.live_by)


def find_touched(connection: duckdb.DuckDBPyConnection, tables: Sequence[LiveTable]) -> None:
    """Make ``fresh.touched``, the sources made anew, and ``fresh.around``, also their relations."""
    names = {table.name for table in tables}
    changed = [
        CHANGED.format(column=table.source_column, table=table.name)
        for table in tables
        if table.has_fresh and table.source_column and history_of(table.name) not in names
    ]
    touched = ["from fresh.changed", RELATIVES.format(sources="fresh.changed")]
    if any(table.has_fresh and table.name == "ingest.sighting" for table in tables):
        touched.append(AT_THE_SAME_PATH.format(seen="fresh.ingest.sighting"))
    mates = AT_THE_SAME_PATH.format(seen=SEEN_OF_TOUCHED)
    around = ["from fresh.touched", RELATIVES.format(sources="fresh.touched"), mates]
    for name, parts in {"changed": changed, "touched": touched, "around": around}.items():
        connection.execute(f"create table fresh.{name} as {' union '.join(parts)}")

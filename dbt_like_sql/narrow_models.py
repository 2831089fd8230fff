"""The SQL models of the sources that were touched: their rows are made anew, all others stay.

A mart whose header says ``live: by(image_id)`` has rows that depend on one source each (and on
tables that nobody changed): only the rows of the sources that were touched are made, from a base
layer narrowed to them and their relations. A mart that says ``live: anew, ...`` is made anew as a
whole. What reads tables where nothing came stays as published.

Touched are the sources with rows that came; their parents and children (a child counts as
superseded by what its parent says); and those seen at a path where a file was seen.

A connection has these databases: ``media`` with the base layer as it is now, ``fresh`` with the
rows that came, and ``narrow``, which is made here.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import duckdb

from resources.warehouse.live_tables import ARTIFACT_VIEWS, LiveTable, base_columns, history_of

MODELS = """
select name, layer, sql, reads, live_by
from {database}.publication.model
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

Form = Literal["published", "by_source", "anew"]
"""How the rows of a model are found: as published, those of touched sources anew, or all anew."""


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


class NarrowModels:
    """Database ``narrow``: models over the rows of the sources that are made anew.

    Nothing of it is made before a model is asked for.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        tables: Sequence[LiveTable],
        models: Sequence[PublishedModel],
    ) -> None:
        self._connection = connection
        self._tables = tables
        self._models = {model.name: model for model in models}
        self._made: set[str] = set()
        self._is_narrow = False

    def make(self, name: str) -> None:
        """Make one model after those that it reads. ``media`` must have stg_media__children.

        Raises duckdb.Error with a note that names the model.
        """
        self.narrow_down()
        if name in self._made:
            return
        self._made.add(name)
        if name in ARTIFACT_VIEWS:
            self._connection.execute(narrowed("table", f"main.{name}", "source_id"))
        elif name in self._models:
            model = self._models[name]
            for read in model.reads:
                self.make(read)
            create_view(self._connection, "narrow", name, model.sql)

    def narrow_down(self) -> None:
        """Make the base layer, only of the sources that are made anew and their relations.

        Harmless when repeated.
        """
        if self._is_narrow:
            return
        self._is_narrow = True
        find_touched(self._connection, self._tables)
        for schema in sorted({table.name.split(".")[0] for table in self._tables}):
            self._connection.execute(f"create schema narrow.{schema}")
        for table in self._tables:
            self._connection.execute(narrowed("view", table.name, table.source_column))


def narrowed(kind: Literal["table", "view"], table: str, source_column: str | None) -> str:
    """The statement that makes a table of ``media`` in ``narrow``, whole if it names no source."""
    around = AROUND.format(column=source_column) if source_column else ""
    return NARROW.format(kind=kind, table=table) + around


def create_view(connection: duckdb.DuckDBPyConnection, database: str, name: str, sql: str) -> None:
    """Make a view whose SELECT reads tables of ``database``. Raises duckdb.Error with a note."""
    try:
        connection.execute(f'use {database}; create view "{name}" as {sql}')
    except duckdb.Error as error:
        error.add_note(f"while making {name} in {database}")
        raise
    finally:
        connection.execute("use media")


def remembered_models(
    connection: duckdb.DuckDBPyConnection, database: Literal["media", "published"]
) -> list[PublishedModel]:
    """The models by which a file was made, each after those that it reads."""
    rows = connection.execute(MODELS.format(database=database)).fetchall()
    return [PublishedModel(*row) for row in rows]


def base_tables(connection: duckdb.DuckDBPyConnection, changed: Collection[str]) -> list[LiveTable]:
    """The tables of the base layer of ``media``; ``changed`` are those of which rows came."""
    columns = base_columns(connection, "media")
    with_history = {*changed, *map(history_of, changed)}
    return [
        LiveTable.of(table, names, has_fresh=table in with_history)
        for table, names in columns.items()
    ]


def forms_of(models: Sequence[PublishedModel], tables: Sequence[LiveTable]) -> Mapping[str, Form]:
    """How each model is made, by name. ``models`` come after those that they read."""
    changed = {table.name for table in tables if table.has_fresh}
    unnamed = {table.name for table in tables if table.has_fresh and not table.source_column}
    unions = set(ARTIFACT_VIEWS) if any(t.is_derivative and t.has_fresh for t in tables) else set()
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

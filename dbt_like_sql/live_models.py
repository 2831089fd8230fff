"""The SQL models as they are now, on the live base layer: published rows, and those made anew.

A mart whose header says ``live: by(image_id)`` has rows that depend on one source each (and on
tables that nobody changed): its published rows count but for the sources that were touched since,
whose rows are made anew from a base layer narrowed to them and their relations. A mart that says
``live: anew, ...`` is one SELECT over the live rows below it. All others are as published.

Touched are the sources with rows that came since; their parents and children (a child counts as
superseded by what its parent says); and those seen at a path where a file was seen since.
"""

from collections.abc import Collection, Mapping, Sequence
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
NARROW = "create {kind} {table} as from media.{table}"
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

Form = Literal["published", "by_source", "anew"]


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


def add_live_models(connection: duckdb.DuckDBPyConnection, tables: Sequence[LiveTable]) -> None:
    """Make every model a view in ``media``. Raises duckdb.Error with a note that names it."""
    models = [PublishedModel(*row) for row in connection.execute(MODELS).fetchall()]
    forms = forms_of(models, tables)
    for model in models:
        if model.layer == "staging":
            create_view(connection, model.name, model.sql)
    if "by_source" in forms.values():
        find_touched(connection, tables)
        narrow(connection, tables, models)
    for model in models:
        if model.layer == "marts":
            create_view(connection, model.name, select_of(model, forms[model.name]))


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
    changed = [
        CHANGED.format(column=table.source_column, table=table.name)
        for table in tables
        if table.has_fresh and table.source_column
    ]
    touched = ["from fresh.changed", RELATIVES.format(sources="fresh.changed")]
    if any(table.has_fresh and table.name == "ingest.sighting" for table in tables):
        touched.append(AT_THE_SAME_PATH.format(seen="fresh.ingest.sighting"))
    mates = AT_THE_SAME_PATH.format(seen=SEEN_OF_TOUCHED)
    around = ["from fresh.touched", RELATIVES.format(sources="fresh.touched"), mates]
    for name, parts in {"changed": changed, "touched": touched, "around": around}.items():
        connection.execute(f"create table fresh.{name} as {' union '.join(parts)}")


def narrow(
    connection: duckdb.DuckDBPyConnection,
    tables: Sequence[LiveTable],
    models: Collection[PublishedModel],
) -> None:
    """Make database ``narrow``: the base layer of the sources in ``fresh.around``, and models."""
    connection.execute("attach ':memory:' as narrow; use narrow")
    for schema in sorted({table.name.split(".")[0] for table in tables}):
        connection.execute(f"create schema {schema}")
    for table in tables:
        around = AROUND.format(column=table.source_column) if table.source_column else ""
        connection.execute(NARROW.format(kind="view", table=table.name) + around)
    for name in ARTIFACT_VIEWS:
        around = AROUND.format(column="source_id")
        connection.execute(NARROW.format(kind="table", table=f"main.{name}") + around)
    for model in models:
        create_view(connection, model.name, model.sql)
    connection.execute("use media")


def create_view(connection: duckdb.DuckDBPyConnection, name: str, sql: str) -> None:
    """One view in the default database. Raises duckdb.Error with a note that names it."""
    try:
        connection.execute(f'create view "{name}" as {sql}')
    except duckdb.Error as error:
        error.add_note(f"while making {name} of the live tables")
        raise

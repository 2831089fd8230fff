"""The tables of media.duckdb, brought up to date with the rows that came since it was published.

What that costs follows the sources that were touched: their rows in every mart are deleted and made
anew (see ``narrow_models``), the few marts that count over all sources are made anew as a whole.
When the models are others, or most sources were touched, every mart is: the rows are the same.
"""

from collections.abc import Iterator, Mapping

import duckdb

from dbt_like_sql.model_files import models_version, remembered_version
from dbt_like_sql.models import build_tables
from dbt_like_sql.narrow_models import (
    Form,
    NarrowModels,
    PublishedModel,
    base_tables,
    forms_of,
    remembered_models,
)
from dbt_like_sql.publication_due import remember_models
from resources.warehouse.live_tables import (
    LiveTable,
    base_columns,
    history_of,
    in_sql,
)
from resources.warehouse.publication import Came

MOST_TOUCHED = 1 / 3
"""To make the rows of a source by themselves costs up to three times its share of all (measured at
20 000 images)."""

FRESH = """
create table fresh.{table} as
select * from media.{table}
where _seq in (select unnest(?::varchar[]))
"""
SHARE = """
select coalesce((select count(*) from fresh.touched) / nullif(count(*), 0), 1)
from media.ingest.original
"""
FORGET = "delete from media.main.{name} where {by} in (from fresh.touched)"
MAKE = "insert into media.main.{name} from narrow.main.{name} where {by} in (from fresh.touched)"
MAKE_ALL = 'create or replace table media.main."{name}" as {sql}'


Forms = Mapping[str, Form]
"""Model -> what was done with it."""


def update_tables(connection: duckdb.DuckDBPyConnection, came: Came | None) -> Forms | None:
    """Make every mart hold what all rows say, and note by which models it was made.

    ``came`` are the commits that the marts do not know; None when there are no marts yet. Returns
    None when everything was made anew. Raises duckdb.Error.
    """
    if came is not None and remembered_version(connection) == models_version():
        forms = updated(connection, came)
        if forms is not None:
            return forms
    build_tables(connection)
    remember_models(connection)
    return None


def updated(connection: duckdb.DuckDBPyConnection, came: Came) -> Forms | None:
    """Bring the marts up to date and say how; None, and nothing, if most sources were touched."""
    tables = add_fresh(connection, came)
    models = remembered_models(connection, "media")
    forms = forms_of(models, tables)
    marts = [model for model in models if model.layer == "marts"]
    narrow = NarrowModels(connection, tables, models)
    if "by_source" in forms.values():
        narrow.narrow_down()
        if share_touched(connection) > MOST_TOUCHED:
            return None
    for model in marts:
        if forms[model.name] == "by_source":
            narrow.make(model.name)
    connection.execute("begin")
    for model in marts:
        for statement in statements(model, forms[model.name]):
            connection.execute(statement)
    connection.execute("commit")
    return forms


def add_fresh(connection: duckdb.DuckDBPyConnection, came: Came) -> list[LiveTable]:
    """Make ``fresh`` with all rows of the commits that came; return the tables of ``media``."""
    for database in ("fresh", "narrow"):
        connection.execute(f"attach ':memory:' as {database}")
    columns = base_columns(connection, "media")
    changed = {table: commits for table, commits in came.items() if commits}
    for table, commits in changed.items():
        history = history_of(table) if history_of(table) in columns else table
        connection.execute(f"create schema if not exists fresh.{history.split('/')[0]}")
        connection.execute(FRESH.format(table=in_sql(history)), [list(commits)])
    return base_tables(connection, changed)


def share_touched(connection: duckdb.DuckDBPyConnection) -> float:
    """How much of all sources is made anew, from 0 to 1."""
    ((share,),) = connection.execute(SHARE).fetchall()
    return float(share)


def statements(mart: PublishedModel, form: Form) -> Iterator[str]:
    """What brings one mart up to date, in this order."""
    if form == "by_source":
        yield FORGET.format(name=mart.name, by=mart.live_by)
        yield MAKE.format(name=mart.name, by=mart.live_by)
    elif form == "anew":
        yield MAKE_ALL.format(name=mart.name, sql=mart.sql)

"""What of media.duckdb must be published again: for new rows, or because a SQL model has changed.

Each publication remembers by which models it was made, so that a new version of the program brings
its tables up to date without waiting for the next picture.
"""

import duckdb

from dbt_like_sql.model_files import models_version, published_models
from dbt_like_sql.models import load_models
from dbt_like_sql.narrow_models import base_tables, forms_of, remembered_models
from resources.configuration.media_home import MediaHome
from resources.rows.row_store import RowStore
from resources.warehouse.database_file import reading
from resources.warehouse.publication import unpublished_tables

REMEMBER = "create or replace table publication.models as select ? as version"
DESCRIBE = """
create or replace table publication.model (
    position bigint, name varchar, layer varchar, sql varchar, reads varchar[], live_by varchar
)
"""
DESCRIBED = "insert into publication.model values (?, ?, ?, ?, ?, ?)"


REPORTED_ALONE = "batches"
"""The model that stands for a publication of rows which no model reads, such as choices of the
search's vectors."""


def remember_models(connection: duckdb.DuckDBPyConnection) -> None:
    """Write into the publication in the making by which models it was made.

    With what each of them reads and how it is kept live: a command that reads parses nothing.
    """
    connection.execute(REMEMBER, [models_version()])
    connection.execute(DESCRIBE)
    for position, model in enumerate(load_models().values()):
        row = [position, model.name, model.layer, model.sql, sorted(model.reads), model.live_by]
        connection.execute(DESCRIBED, row)


def is_publication_due(home: MediaHome, store: RowStore) -> bool:
    """Whether rows, tables or today's models are missing from media.duckdb, or the file itself."""
    changed = unpublished_tables(home, store)
    return changed is None or bool(changed) or published_models(home) != models_version()


def models_due(home: MediaHome, store: RowStore) -> frozenset[str]:
    """The models that a publication would make or change now; none when nothing is due.

    Views stay as they are when rows come: only marts change then.
    """
    changed = unpublished_tables(home, store)
    if changed is None or published_models(home) != models_version():
        return frozenset(load_models())
    with reading(home.warehouse) as connection:
        models = remembered_models(connection, "media")
        forms = forms_of(models, base_tables(connection, changed))
    marts = [model.name for model in models if model.layer == "marts"]
    due = frozenset(name for name in marts if forms[name] != "published")
    return due or frozenset({REPORTED_ALONE} if changed else ())

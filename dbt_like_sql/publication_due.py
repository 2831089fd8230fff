"""Whether media.duckdb must be published again: for new rows, or because a SQL model has changed.

Each publication remembers by which models it was made, so that a new version of the program brings
its tables up to date without waiting for the next picture.
"""

import duckdb

from dbt_like_sql.model_files import models_version, published_models
from dbt_like_sql.models import load_models
from resources.configuration.media_home import MediaHome
from resources.rows.row_store import RowStore
from resources.warehouse.publication import needs_publication

REMEMBER = "create or replace table publication.models as select ? as version"
DESCRIBE = """
create or replace table publication.model (
    position bigint, name varchar, layer varchar, sql varchar, reads varchar[], live_by varchar
)
"""
DESCRIBED = "insert into publication.model values (?, ?, ?, ?, ?, ?)"


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
    return needs_publication(home, store) or published_models(home) != models_version()

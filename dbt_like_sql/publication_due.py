"""Whether media.duckdb must be published again: for new rows, or because a SQL model has changed.

Each publication remembers by which models it was made, so that a new version of the program brings
its tables up to date without waiting for the next picture.
"""

import duckdb

from dbt_like_sql.models import models_version
from resources.configuration.media_home import MediaHome
from resources.rows.row_store import RowStore
from resources.warehouse.publication import needs_publication, reading

REMEMBER = "create or replace table publication.models as select ? as version"
REMEMBERED = "select version from publication.models"


def remember_models(connection: duckdb.DuckDBPyConnection) -> None:
    """Write into the publication in the making by which models it was made."""
    connection.execute(REMEMBER, [models_version()])


def is_publication_due(home: MediaHome, store: RowStore) -> bool:
    """Whether rows, tables or today's models are missing from media.duckdb, or the file itself."""
    return needs_publication(home, store) or published_models(home) != models_version()


def published_models(home: MediaHome) -> str | None:
    """The version of the models in media.duckdb; None when it does not say."""
    with reading(home.warehouse) as connection:
        try:
            return str(connection.execute(REMEMBERED).fetchall()[0][0])
        except duckdb.CatalogException:  # published before this was remembered
            return None

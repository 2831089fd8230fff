"""Whether media.duckdb must be published again: for new rows, or because a SQL model has changed.

Each publication remembers by which models it was made, so that a new version of the program brings
its tables up to date without waiting for the next picture.
"""

import duckdb

from dbt_like_sql.model_files import models_version, published_models
from resources.configuration.media_home import MediaHome
from resources.rows.row_store import RowStore
from resources.warehouse.publication import needs_publication

REMEMBER = "create or replace table publication.models as select ? as version"


def remember_models(connection: duckdb.DuckDBPyConnection) -> None:
    """Write into the publication in the making by which models it was made."""
    connection.execute(REMEMBER, [models_version()])


def is_publication_due(home: MediaHome, store: RowStore) -> bool:
    """Whether rows, tables or today's models are missing from media.duckdb, or the file itself."""
    return needs_publication(home, store) or published_models(home) != models_version()

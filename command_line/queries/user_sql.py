"""``media sql``: SQL that a person wrote, asked without DuckDB or the tables in this process."""

from command_line.queries.preparation import configured_home, is_prepared
from dbt_like_sql.user_openings import live_opening, published_opening
from resources.configuration.media_home import MediaHome
from resources.warehouse.query_result import QueryResult
from resources.warehouse.read_only_query import QueryError, ask_once

__all__ = ["QueryError", "ask_user_sql"]


def ask_user_sql(sql: str, *, live: bool) -> QueryResult:
    """The result from media.duckdb, or from the live tables when asked to.

    Also when the file is not there, or an older version of this program published it. Raises
    QueryError.
    """
    home = prepared_home()
    return ask_once(live_opening(home) if live else published_opening(home), sql)


def prepared_home() -> MediaHome:
    """The configured MEDIA_HOME; an empty one is prepared."""
    home = configured_home()
    if is_prepared(home):
        return home
    from command_line.queries.tables import Tables  # imports what a prepared home does without

    return Tables.open().home

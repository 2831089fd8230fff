"""The tables of a home as a person's SQL reads them, for another process; without DuckDB."""

from resources.configuration.media_home import MediaHome
from resources.warehouse.table_opening import TableOpening

MODULE = "dbt_like_sql.user_tables"


def published_opening(home: MediaHome) -> TableOpening:
    """The last publication, if today's models made it; else the tables as they are now."""
    return TableOpening(home.warehouse.name, f"{MODULE}:open_published", [str(home.root)])


def live_opening(home: MediaHome) -> TableOpening:
    """The tables as they are now. The home must be prepared."""
    return TableOpening(home.live.name, f"{MODULE}:open_live", [str(home.root)])

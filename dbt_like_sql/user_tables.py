"""The tables of a home, opened in the process of a person's query (see ``user_openings``)."""

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from dbt_like_sql.model_files import models_version, remembered_version
from resources.configuration.media_home import MediaHome
from resources.warehouse.user_tables import UserTables, open_file


@contextmanager
def open_published(root: str) -> Iterator[UserTables]:
    """The last publication of MEDIA_HOME ``root``, if today's models made it; else as now."""
    home = MediaHome(Path(root))
    with ExitStack() as opened:
        if home.warehouse.exists():
            tables = opened.enter_context(open_file(str(home.warehouse)))
            if remembered_version(tables.connection) == models_version():
                yield tables
                return
            opened.close()
        yield opened.enter_context(open_live(root))


@contextmanager
def open_live(root: str) -> Iterator[UserTables]:
    """The tables of MEDIA_HOME ``root`` as they are now."""
    from dbt_like_sql.live_models import LiveModels  # most queries are about the publication
    from resources.warehouse.live_tables import open_live_tables

    home = MediaHome(Path(root))
    opened = open_live_tables(home, models_version())
    if opened is None:
        with open_file(str(home.live), str(home.rows)) as tables:
            yield tables
        return
    with closing(opened.connection) as connection:
        if opened.tables:
            models = LiveModels(connection, opened.tables)
            yield UserTables(connection, None, models.make_mentioned, models.make_all)
        else:
            yield UserTables(connection)

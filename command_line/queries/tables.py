"""The tables as the commands read them: live, to the second, and always read-only.

What prepares a home (see ``preparation``) is imported only when it must be prepared.
"""

import os
import weakref
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Self

from command_line.queries.preparation import (
    configured_home,
    is_prepared,
    remember,
    surroundings,
)
from command_line.terminal.console import CommandError
from dbt_like_sql.live_models import LiveModels
from dbt_like_sql.model_files import models_version, published_models
from dbt_like_sql.user_openings import live_opening
from resources.configuration.media_home import MediaHome
from resources.rows.row_paths import file_state, row_file_names
from resources.warehouse.live_tables import OpenTables, open_live_tables
from resources.warehouse.lock_down import lock_down
from resources.warehouse.own_query import ask, own_rows
from resources.warehouse.query_errors import in_clear_words
from resources.warehouse.query_result import QueryResult
from resources.warehouse.read_only_query import QueryError, ask_once

if TYPE_CHECKING:
    from resources.rows.row_store import RowStore

__all__ = ["QueryError", "Record", "Tables"]

Record = dict[str, object]
"""One row: column name -> value."""


class Tables:
    """The tables of one MEDIA_HOME, as they are at each query."""

    def __init__(self, home: MediaHome) -> None:
        self.home = home
        self._opened: OpenTables | None = None
        self._models: LiveModels | None = None
        self._opened_on: list[object] = []
        self._close: Callable[[], object] = lambda: None

    @classmethod
    def open(cls) -> Self:
        """The tables of the configured MEDIA_HOME; prepared, unless it may only be read.

        Raises CommandError when there is no such folder: a misspelled one is not made.
        """
        home = existing_home()
        if not is_prepared(home) and not is_read_only(home):
            prepare(home)
        return cls(home)

    def user_query(self, sql: str) -> QueryResult:
        """The result of one SELECT that a person wrote, in whole or in part. Raises QueryError.

        It can change and reach nothing, and has a process of its own with limits.
        """
        return ask_once(live_opening(self.home), sql)

    def own_query(self, sql: str, values: Sequence[object] = ()) -> QueryResult:
        """The result of a query of ours, in which only the values are not. Raises QueryError."""
        with in_clear_words(self.home.live.name):
            opened = self._current()
            if opened is not None:
                return self._asked(opened, sql, values)
        return own_rows(self.home.live, sql, values=values, readable=self.home.rows)

    def _asked(self, opened: OpenTables, sql: str, values: Sequence[object]) -> QueryResult:
        if not self._models:
            return ask(opened.connection, sql, values)
        self._models.make_mentioned(sql)
        try:
            return ask(opened.connection, sql, values)
        except QueryError:
            self._models.make_all()  # so that near names are found, and names that are put together
            return ask(opened.connection, sql, values)

    def _current(self) -> OpenTables | None:
        """Published rows and those that came since; None without the former."""
        there = what_is_there(self.home)
        if there != self._opened_on:
            self._close()
            self._opened, self._models = open_live_tables(self.home, models_version()), None
            if self._opened is not None:
                connection = self._opened.connection
                self._close = weakref.finalize(self, connection.close)
                if self._opened.tables:
                    self._models = LiveModels(connection, self._opened.tables)
                lock_down(connection, None)
            self._opened_on = there
        return self._opened

    def published_query(self, sql: str) -> QueryResult:
        """The same from the last publication, if this version of the program made it."""
        published = self.home.warehouse
        if not published.exists() or published_models(self.home) != models_version():
            return self.own_query(sql)
        return own_rows(published, sql)

    def records(self, sql: str, values: Sequence[object] = ()) -> list[Record]:
        """The rows of a query of ours, by column name."""
        return self.own_query(sql, values).records

    def rows(self, sql: str, values: Sequence[object] = ()) -> list[tuple[object, ...]]:
        """The rows of a query of ours."""
        return self.own_query(sql, values).rows


def existing_home() -> MediaHome:
    """The configured MEDIA_HOME. Raises CommandError when there is no such folder."""
    home = configured_home()
    if not home.root.is_dir():
        raise CommandError(
            f"{home.root} does not exist: no media have been added there yet",
            hint="media add PATH makes it; or name the right folder with --home or MEDIA_HOME",
        )
    return home


def is_read_only(home: MediaHome) -> bool:
    """Whether a home with tables may be read, but not written, by this user."""
    where = home.locks if home.locks.exists() else home.root  # older versions had no such folder
    return home.live.exists() and not os.access(where, os.W_OK)


def what_is_there(home: MediaHome) -> list[object]:
    """Changes with every publication and every commit of rows."""
    return [file_state(home.warehouse), row_file_names(home.rows)]


def prepare(home: MediaHome) -> "RowStore":
    """Make the folders, tables and live views exist. Harmless when they do."""
    from dbt_like_sql.models import build_views
    from media_assets.tables import declare_tables
    from resources.configuration.settings import Settings
    from resources.rows.row_store import RowStore
    from resources.warehouse.live_views import publish_live_views

    home.create()
    settings = Settings()
    watched = sorted({str(path.expanduser()) for path in paths_in(settings.model_dump())})
    landing = [f"{root.path} ({root.mode})" for root in settings.roots]
    before = surroundings(home, watched)
    store = RowStore(home.rows)
    declare_tables(store)
    publish_live_views(home, store, build_views, models_version())
    remember(home, watched, landing, before)
    return store


def paths_in(value: object) -> Iterator[Path]:
    """The files and folders that settings name, such as a model; landing folders left out."""
    if isinstance(value, Path):
        yield value
    elif isinstance(value, dict):
        for name, part in value.items():
            if name not in ("home", "landing_roots"):
                yield from paths_in(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from paths_in(part)

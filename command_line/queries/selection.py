"""SELECTION on the command line: a source, a wildcard, a batch, or a condition in SQL.

dunes-3f2a9c41b7de          one source (its id)
"holiday-*"                 every source whose id matches
holiday-2026                every source of a batch
"format = 'tiff' and width_px > 8000"   a condition on the columns of ``images``, or of ``sources``
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from command_line.queries.tables import QueryError, Tables
from command_line.terminal.console import CommandError
from resources.sources.source_rows import IMAGE_MEDIUM

WILDCARDS = "*?["


class Selected(NamedTuple):
    """One source that was named: its medium and its id."""

    medium: str
    source_id: str


def select_sources(tables: Tables, selection: str) -> list[Selected]:
    """The sources that ``selection`` names, in landing order. Raises CommandError for none."""
    found = by_id(tables, selection) or by_batch(tables, selection)
    if not found and looks_like_sql(selection):
        found = by_condition(tables, selection)
    if not found:
        raise CommandError(
            f"no source matches {selection!r}",
            hint="SELECTION is an id, a wildcard ('holiday-*'), a batch, or a condition: "
            "\"format = 'tiff'\". See ids with: media find TEXT",
        )
    return found


def select_images(tables: Tables, selection: str) -> list[str]:
    """The ids of the images that ``selection`` names. Raises CommandError for none."""
    found = [
        one.source_id for one in select_sources(tables, selection) if one.medium == IMAGE_MEDIUM
    ]
    if not found:
        raise CommandError(f"no image matches {selection!r}", hint="this command is about images")
    return found


def looks_like_sql(selection: str) -> bool:
    """Whether it could be a condition: ids and batch names hold no such characters."""
    return any(mark in selection for mark in " =<>()'")


def by_id(tables: Tables, selection: str) -> list[Selected]:
    """The source of this id or, with wildcards, those whose id matches (superseded ones do not)."""
    is_pattern = any(mark in selection for mark in WILDCARDS)
    matches = "source_id glob ? and not is_superseded" if is_pattern else "source_id = ?"
    return chosen(
        tables,
        f"select medium, source_id from sources where {matches} order by landed_at, source_id",  # noqa: S608 - words of ours
        [selection],
    )


def by_batch(tables: Tables, selection: str) -> list[Selected]:
    """Sources of the batch of this name, and those seen in it again."""
    return chosen(
        tables,
        "select medium, source_id from sources where not is_superseded and (batch = ? or source_id "
        "in (select source_id from sightings where batch = ?)) order by landed_at, source_id",
        [selection, selection],
    )


def by_condition(tables: Tables, condition: str) -> list[Selected]:
    """Images, or else sources, for which the SQL ``condition`` holds: a user's query, read-only."""
    of_images = f"select 'image', image_id from images where ({condition}\n)"  # noqa: S608 - the user's own SQL, run without rights
    of_sources = f"select medium, source_id from sources where ({condition}\n)"  # noqa: S608 - the user's own SQL, run without rights
    try:
        return named(tables.user_query(f"{of_images} order by landed_at, image_id").rows)
    except QueryError as error:
        first = error
    try:
        return named(tables.user_query(f"{of_sources} order by landed_at, source_id").rows)
    except QueryError:
        words = f"{condition!r} is neither a source, a batch nor a condition: {first}"
        raise CommandError(words) from first


def chosen(tables: Tables, sql: str, values: Sequence[object]) -> list[Selected]:
    """The sources that a query of ours finds."""
    return named(tables.rows(sql, values))


def named(rows: Iterable[Sequence[object]]) -> list[Selected]:
    """Rows of medium and id."""
    return [Selected(str(medium), str(source_id)) for medium, source_id in rows]

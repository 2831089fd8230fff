"""SELECTION on the command line: an image, a wildcard, a batch, or a condition in SQL.

dunes-3f2a9c41b7de          one image (its id)
"holiday-*"                 every image id that matches
holiday-2026                every image of a batch
"format = 'tiff' and width_px > 8000"   a condition on the columns of ``images``
"""

from collections.abc import Sequence

from command_line.queries.tables import QueryError, Tables
from command_line.terminal.console import CommandError

WILDCARDS = "*?["


def select_images(tables: Tables, selection: str) -> list[str]:
    """The image ids that ``selection`` names, in landing order. Raises CommandError for none."""
    found = by_id(tables, selection) or by_batch(tables, selection)
    if not found and looks_like_sql(selection):
        found = by_condition(tables, selection)
    if not found:
        raise CommandError(
            f"no image matches {selection!r}",
            hint="SELECTION is an image id, a wildcard ('holiday-*'), a batch, or a condition: "
            "\"format = 'tiff'\". See ids with: media find TEXT",
        )
    return found


def looks_like_sql(selection: str) -> bool:
    """Whether it could be a condition: ids and batch names hold no such characters."""
    return any(mark in selection for mark in " =<>()'")


def by_id(tables: Tables, selection: str) -> list[str]:
    """Images whose id equals or, with wildcards, matches ``selection``."""
    operator = "glob" if any(mark in selection for mark in WILDCARDS) else "="
    return ids(
        tables,
        f"select image_id from images where image_id {operator} ? order by landed_at, image_id",  # noqa: S608 - one of two words of ours
        [selection],
    )


def by_batch(tables: Tables, selection: str) -> list[str]:
    """Images seen in the batch of this name."""
    return ids(
        tables,
        "select image_id from images where image_id in (select image_id from sightings "
        "where batch = ?) order by landed_at, image_id",
        [selection],
    )


def by_condition(tables: Tables, condition: str) -> list[str]:
    """Images for which the SQL ``condition`` holds. It runs as a user's query: read-only."""
    sql = f"select image_id from images where ({condition}\n) order by landed_at, image_id"  # noqa: S608 - the user's own SQL, run without rights
    try:
        return [str(row[0]) for row in tables.user_query(sql).rows()]
    except QueryError as error:
        words = f"{condition!r} is neither an image, a batch nor a condition: {error}"
        raise CommandError(words) from error


def ids(tables: Tables, sql: str, values: Sequence[object]) -> list[str]:
    """The first column of a query of ours."""
    return [str(row[0]) for row in tables.rows(sql, values)]

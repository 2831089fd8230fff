"""SELECTION on the command line: sources by id, name, wildcard or batch, or by a condition in SQL.

dunes-3f2a9c41b7de          one source (its id)
dunes-3f2a, IMG_41          every source whose id or file name begins so
"holiday-*", "IMG_41*"      every source whose id or file name matches
holiday-2026                every source of a batch
"format = 'tiff' and width_px > 8000"   a condition on the columns of ``images``, or of ``sources``

Case and the form of letters (composed or not) do not matter in names.
"""

import unicodedata
from collections.abc import Iterable, Sequence

from command_line.queries.media_columns import IMAGE_MEDIUM
from command_line.queries.tables import QueryError, Tables
from command_line.terminal.console import CommandError
from resources.search.text_folding import folded
from resources.sources.selected import Selected

WILDCARDS = "*?["

HINT = (
    "SELECTION is an id or name or its beginning, a wildcard ('holiday-*'), a batch, or a "
    "condition: \"format = 'tiff'\". See ids with: media find TEXT"
)

MOST_NAMED = 5
"""Of several ids or words in a message."""

BY_ID = "select medium, source_id from sources where source_id = ?"
BY_START = """
select medium, source_id
from sources
where not is_superseded and (
    starts_with(source_id, ?) or starts_with(lower(nfc_normalize(file_name)), ?)
)
order by landed_at, source_id
"""
BY_PATTERN = r"""
select medium, source_id
from sources
where not is_superseded and (
    source_id glob ?
    or lower(nfc_normalize(file_name)) glob ?
    or regexp_replace(lower(nfc_normalize(file_name)), '\.[^.]*$', '') glob ?
)
order by landed_at, source_id
"""
BATCHES = "select distinct batch from sightings where batch is not null"
BY_BATCH = """
with named as (select unnest(?::varchar[]) as batch)

select medium, source_id
from sources
where not is_superseded and (
    batch in (from named)
    or source_id in (select source_id from sightings where batch in (from named))
)
order by landed_at, source_id
"""


def select_sources(tables: Tables, selections: Sequence[str]) -> list[Selected]:
    """The sources that any of ``selections`` names, each once.

    Raises CommandError, which names every selection that matches nothing: none is left out unseen.
    """
    found = {selection: selected(tables, selection) for selection in selections}
    unknown = [selection for selection, sources in found.items() if not sources]
    if unknown:
        raise CommandError(f"no source matches {listed(unknown)}", hint=HINT)
    return list(dict.fromkeys(source for sources in found.values() for source in sources))


def select_images(tables: Tables, selections: Sequence[str]) -> list[str]:
    """The ids of the images that ``selections`` name. Raises CommandError for none."""
    found = [
        one.source_id for one in select_sources(tables, selections) if one.medium == IMAGE_MEDIUM
    ]
    if not found:
        raise CommandError(f"no image matches {listed(selections)}", hint="images only, here")
    return found


def selected(tables: Tables, selection: str) -> list[Selected]:
    """The sources that one selection names, in landing order. Raises CommandError for bad SQL."""
    found = by_name(tables, selection) or by_batch(tables, selection)
    found = found or by_start(tables, selection)
    if not found and looks_like_sql(selection):
        found = by_condition(tables, selection)
    return found


def listed(words: Sequence[str]) -> str:
    """Some words as a message names them."""
    shown = ", ".join(map(repr, words[:MOST_NAMED]))
    more = len(words) - MOST_NAMED
    return f"{shown} and {more} more" if more > 0 else shown


def looks_like_sql(selection: str) -> bool:
    """Whether it could be a condition: ids and batch names hold no such characters."""
    return any(mark in selection for mark in " =<>()'")


def is_pattern(selection: str) -> bool:
    """Whether it has wildcards."""
    return any(mark in selection for mark in WILDCARDS)


def by_name(tables: Tables, selection: str) -> list[Selected]:
    """The source of this id or, with wildcards, those whose id or file name matches."""
    if is_pattern(selection):
        return chosen(tables, BY_PATTERN, [comparable(selection)] * 3)
    return chosen(tables, BY_ID, [selection])


def by_start(tables: Tables, selection: str) -> list[Selected]:
    """Those whose id or file name begins so."""
    if is_pattern(selection) or not selection.strip():
        return []
    return chosen(tables, BY_START, [comparable(selection)] * 2)


def by_batch(tables: Tables, selection: str) -> list[Selected]:
    """Sources of the batch of this name, and those seen in it again."""
    batches = [str(batch) for (batch,) in tables.rows(BATCHES)]
    named = [batch for batch in batches if batch == selection]
    named = named or [batch for batch in batches if folded(batch) == folded(selection)]
    return chosen(tables, BY_BATCH, [named]) if named else []


def comparable(name: str) -> str:
    """A name as ids are, and as file names are compared."""
    return unicodedata.normalize("NFC", name).lower()


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


def only_source(
    tables: Tables, typed: str, medium: str | None = None, *, beside: str = ""
) -> Selected:
    """The one source whose id is, or alone begins with or matches, what was typed; or its name.

    ``medium`` narrows it to sources of that kind; ``beside``, such as "file, and no ", is what else
    it is not. Raises CommandError for none and for several.
    """
    kind = medium or "source"
    found = by_name(tables, typed) or by_start(tables, typed)
    found = [one for one in found if medium in (None, one.medium)]
    if not found:
        raise CommandError(
            f"no {beside}{kind} id or name begins with {typed!r}",
            hint="see ids with: media find TEXT",
        )
    if len(found) > 1:
        some = "\n".join(one.source_id for one in found[:MOST_NAMED])
        raise CommandError(
            f"{len(found)} {kind} ids or names begin with {typed!r}, for example:", hint=some
        )
    return found[0]

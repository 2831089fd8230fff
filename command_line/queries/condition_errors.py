"""Why a condition that a person wrote cannot be used, told without our own SQL around it."""

from collections.abc import Callable

from resources.warehouse.query_error import QueryError

EXCERPT = "\nLINE "
"""Before the number of the line that DuckDB shows."""


def why_unusable(
    error: QueryError, condition: str, ask: Callable[[str], object], table: str = "images"
) -> str:
    """DuckDB's reason, with an excerpt of ``condition`` alone.

    ``error`` is what the whole query met. ``ask`` runs a query and raises QueryError: it is asked
    again with nothing after the condition, so that "(a = 1" ends too early and not "near order".
    """
    if EXCERPT not in str(error):
        return str(error)
    try:
        ask(f"select count(*) from {table} where\n{condition}")  # noqa: S608 - the user's own SQL, run without rights
    except QueryError as alone:
        return without_line_number(str(alone))
    return str(error).partition(EXCERPT)[0].rstrip()


def without_line_number(message: str) -> str:
    """The message without "LINE 2: " before the excerpt; the mark below it moves along."""
    words, mark, excerpt = message.partition(EXCERPT)
    if not mark:
        return message
    number, colon, line = excerpt.partition(": ")
    shown, _, pointer = line.partition("\n")
    width = len(mark.lstrip("\n") + number + colon)
    return f"{words.rstrip()}\n{shown}\n{pointer[width:]}".rstrip()

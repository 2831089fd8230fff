"""A source that was named, on the command line or on a page."""

from typing import NamedTuple


class Selected(NamedTuple):
    """Its medium and its id."""

    medium: str
    source_id: str

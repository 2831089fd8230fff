"""Which tables a query's process is to open: by name, so that the caller imports none of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class TableOpening:
    """A context manager of ours, written ``module:function``, and the texts that it is called with.

    It gives ``UserTables``; ``name`` is what messages call them. All three are ours alone: no text
    of a user may get here.
    """

    name: str
    function: str
    arguments: Sequence[str]


def file_opening(database: Path, readable: Path | None = None) -> TableOpening:
    """One DuckDB file; its views may read below the folder ``readable``, if there is one."""
    arguments = [str(database)] if readable is None else [str(database), str(readable)]
    return TableOpening(database.name, "resources.warehouse.user_tables:open_file", arguments)

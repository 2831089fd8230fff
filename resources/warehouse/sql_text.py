"""Names, texts and paths as DuckDB's SQL writes them. Light to import: every read needs it."""

import glob
from pathlib import Path


def quoted(name: str) -> str:
    """``name`` as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """``text`` as an SQL string."""
    return "'" + text.replace("'", "''") + "'"


def exact(path: Path) -> str:
    """``path`` as an SQL string that a file reader takes for one file, with any name."""
    return literal(glob.escape(str(path)))

"""Copies an SQLite database that others may be writing to, as of one moment."""

import sqlite3
from contextlib import closing
from pathlib import Path

LONGEST_WAIT_SECONDS = 60
"""For a writer's transaction to end."""


def copy_database(source: Path, target: Path) -> bool:
    """Copy a database as of one moment; False when it is gone by now.

    Raises sqlite3.Error when it is damaged.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    if not source.exists():
        return False
    with (
        closing(sqlite3.connect(source, timeout=LONGEST_WAIT_SECONDS)) as live,
        closing(sqlite3.connect(target)) as copy,
    ):
        live.backup(copy)
    return True

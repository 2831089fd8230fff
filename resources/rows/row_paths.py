"""Where the files of the row store are, and which are there. Reads no file, imports no polars.

``<root>/<table>/inbox/<seq>.parquet`` are commits, ``<root>/<table>/base/<seq>.parquet`` commits
that were folded together, ``inbox/_declared.parquet`` says what the table is.
"""

import re
from pathlib import Path

SEQ_NAME = re.compile(r"\d{20}-[0-9a-f]{8}\.parquet")
DECLARED = "_declared.parquet"

MANIFEST_KEY = "media"
"""Under which key of its Parquet metadata a file says what it is."""

FileState = tuple[int, int, int]
"""Of a file: inode, date in ns, size in bytes."""


def declared_tables(root: Path) -> tuple[str, ...]:
    """The tables below ``root`` that were declared, by name: ``ingest/original``."""
    found = root.glob(f"*/*/inbox/{DECLARED}")
    return tuple(sorted(path.parents[1].relative_to(root).as_posix() for path in found))


def row_files(folder: Path) -> list[Path]:
    """The files with rows in ``inbox`` or ``base``, in the order of their ids."""
    names = sorted(path.name for path in folder.iterdir() if SEQ_NAME.fullmatch(path.name))
    return [folder / name for name in names]


def row_file_names(root: Path) -> list[list[str]]:
    """The names of all files below ``root``, folder by folder: another list after each commit."""
    folders = [root / table / kind for table in declared_tables(root) for kind in ("base", "inbox")]
    declared = [[str(file_state(root / t / "inbox" / DECLARED))] for t in declared_tables(root)]
    return [*([path.name for path in row_files(folder)] for folder in folders), *declared]


def file_state(path: Path) -> FileState | None:
    """Changes whenever a file is replaced or written to: inode, date in ns, size in bytes."""
    if not path.exists():
        return None
    found = path.stat()
    return found.st_ino, found.st_mtime_ns, found.st_size

"""Who may read what this program creates: its owner alone, or a group as well.

The process's umask decides, from its first moment on and for all its children: so every file has
its final mode when it appears, those of DuckDB, Lance, SQLite and Dagster included.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from resources.configuration.media_home import MediaHome

OWNER_ALONE = 0o077
GROUP_MAY_READ = 0o027
"""Folders 0750, files 0640; what is kept forever 0440."""

MOST_LOOKED_AT = 20_000
"""Entries of a home whose modes are looked at; a home of a million pictures has millions."""

SETTING = "group_may_read"

_given: list[int] = []
"""The umask with which this program was started."""


def keep_private(home: Path) -> None:
    """Keep from others all that this process and its children create, as the home's settings say.

    Raises the settings' own errors, if they speak of ``access.group_may_read`` and are wrong.
    """
    before = os.umask(OWNER_ALONE)
    if not _given:
        _given.append(before)
    os.umask(chosen_umask(home))


@contextmanager
def kept_private(home: Path) -> Iterator[None]:
    """The same for the time of a block."""
    before = os.umask(OWNER_ALONE)
    os.umask(before)
    try:
        keep_private(home)
        yield
    finally:
        os.umask(before)


def chosen_umask(home: Path) -> int:
    """The umask that the settings of ``home`` ask for.

    They are slow to import, and nearly nobody lets a group read: they are read only when the
    environment or the file has the setting's name in it.
    """
    if not _is_spoken_of(home / "settings.toml"):
        return OWNER_ALONE
    from resources.configuration.settings import Settings

    return GROUP_MAY_READ if Settings().access.group_may_read else OWNER_ALONE


def _is_spoken_of(file: Path) -> bool:
    access = (item for item in os.environ.items() if item[0].upper().startswith("MEDIA_ACCESS"))
    if any(SETTING in text.lower() for item in access for text in item):
        return True
    return file.is_file() and SETTING.encode() in file.read_bytes()


@contextmanager
def given_umask() -> Iterator[None]:
    """For a block, the umask with which the program was started.

    It is the user's own choice, and right for what the user asks for outside the home: a file of
    ``-o`` is as one that the shell writes for ``>``.
    """
    before = os.umask(OWNER_ALONE)
    os.umask(_given[0] if _given else before)
    try:
        yield
    finally:
        os.umask(before)


def too_wide(home: MediaHome, umask: int) -> list[Path]:
    """What gives others a right that ``umask`` takes away, and that they can reach.

    Looks at MOST_LOOKED_AT entries; ``landing``, where others may have to drop files, is left out.
    """
    root = stat.S_IMODE(home.root.stat().st_mode)
    reached = umask & ((0o070 if root & 0o010 else 0) | (0o007 if root & 0o001 else 0))
    found = [home.root] if root & umask else []
    if not reached:
        return found
    entries = islice(_entries(home), MOST_LOOKED_AT)
    return found + [path for path in entries if stat.S_IMODE(path.lstat().st_mode) & reached]


def _entries(home: MediaHome) -> Iterator[Path]:
    """Folders and files below the home, its own first; links have no modes of their own."""
    for folder, folders, files in os.walk(home.root):
        if Path(folder) == home.root and home.landing.name in folders:
            folders.remove(home.landing.name)
        for name in (*folders, *files):
            path = Path(folder, name)
            if not path.is_symlink() and path.exists():
                yield path

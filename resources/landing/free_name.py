"""A name that no entry of a folder has yet."""

import errno
import os
from pathlib import PurePath

from resources.stores.beneath import Folder

MOST_TRIED = 10_000


class NoFreeName(OSError):
    """The folder already holds thousands of files of this name."""

    def __init__(self, name: str) -> None:
        super().__init__(errno.EEXIST, f"the folder already holds thousands of files named {name}")


def free_name(folder: Folder, wanted: str) -> bytes:
    """The name ``wanted``, or with a number before the suffix where that is taken.

    Raises NoFreeName.
    """
    name, path = os.fsencode(wanted), PurePath(wanted)
    for number in range(2, MOST_TRIED):
        if not folder.has(name):
            return name
        name = os.fsencode(f"{path.stem} ({number}){path.suffix}")
    raise NoFreeName(wanted)

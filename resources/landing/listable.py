"""Which files a list may name: those of the landing roots and of folders that the settings allow.

A user who may drop a file may drop a list, and what it names becomes a source that all can see.
So a list reaches nothing else: no key in somebody's home, no file of this system, no ``/proc``.
Whether a path is there is not said of paths that may not be named.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from resources.configuration.media_home import MediaHome
from resources.configuration.settings import Settings
from resources.stores.beneath import LONGEST_PATH, NamedFolders, Place

NO_DISKS = (b"/proc", b"/sys", b"/dev")
"""What the kernel shows there are no files of a disk, though some say that they are regular."""

OWN = "it is one of this system's own files"
ELSEWHERE = "it is in no landing root, and in no folder that list_folders of the settings allows"
KERNEL = "it is no file of a disk"
ZERO_BYTE = "no file name has a zero byte"
TOO_LONG = "no path is so long"


class ListableFiles:
    """Says of absolute raw paths whether a list may name them, links in their folders followed."""

    def __init__(self, home: MediaHome, named: Sequence[Path], folders: NamedFolders) -> None:
        self._folders = folders
        self._allowed = [(bytes(folder), bytes(folder.resolve())) for folder in named]
        self._home = bytes(home.root.resolve())
        self._landing = bytes(home.landing.resolve())
        self._real_of: dict[bytes, bytes] = {b"/": b"/"}
        self._judged: dict[bytes, str | tuple[bytes, bytes]] = {}

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """What the settings allow."""
        return cls(settings.media_home, settings.folders_of_others, NamedFolders())

    def why_not(self, path: bytes) -> str | None:
        """Why a list may not name this path, or None. The path is a normal one, without ``..``.

        Only folders below the allowed ones are looked at, each once.
        """
        judged = self._judgement(path)
        return judged if isinstance(judged, str) else None

    def place(self, path: bytes) -> Place | str:
        """Where the file at this path really is, below an allowed folder; or why not.

        A folder of it that becomes a link after this was decided is not followed any more. Raises
        OSError.
        """
        judged = self._judgement(path)
        if isinstance(judged, str):
            return judged
        allowed, below = judged
        return Place(self._folders.at(allowed), below + path.rpartition(b"/")[2])

    def real(self, path: bytes) -> bytes:
        """The path below the allowed folder without links; one that is not allowed as it is."""
        judged = self._judgement(path)
        if isinstance(judged, str):
            return path
        return b"%b/%b%b" % (judged[0].rstrip(b"/"), judged[1], path.rpartition(b"/")[2])

    def _judgement(self, path: bytes) -> str | tuple[bytes, bytes]:
        """Why not, or the allowed folder with the real folder of the path below it."""
        if b"\0" in path:
            return ZERO_BYTE
        if len(path) > LONGEST_PATH:
            return TOO_LONG
        folder = os.path.dirname(path)  # noqa: PTH120 - bytes
        if folder not in self._judged:
            self._judged[folder] = self._judge(folder)
        return self._judged[folder]

    def _judge(self, folder: bytes) -> str | tuple[bytes, bytes]:
        if not any(_is_below(folder, path) for pair in self._allowed for path in pair):
            return ELSEWHERE
        real = self._real_folder(folder)
        if any(_is_below(real, kernel) for kernel in NO_DISKS):
            return KERNEL
        if _is_below(real, self._home) and not _is_below(real, self._landing):
            return OWN
        for named, allowed in self._allowed:
            if _is_below(real, allowed):
                below = real[len(allowed.rstrip(b"/")) :].lstrip(b"/")
                return named, below + b"/" if below else b""
        return ELSEWHERE

    def _real_folder(self, folder: bytes) -> bytes:
        """The folder with every link followed, known parents not looked at again."""
        names = []
        while folder not in self._real_of:
            folder, name = os.path.split(folder)
            names.append(name)
        real = self._real_of[folder]
        for name in reversed(names):
            folder, real = os.path.join(folder, name), os.path.join(real, name)  # noqa: PTH118 - bytes
            if os.path.islink(real):  # noqa: PTH114 - bytes
                real = os.path.realpath(real)
            self._real_of[folder] = real
        return real


def _is_below(folder: bytes, allowed: bytes) -> bool:
    return folder == allowed or folder.startswith(allowed.rstrip(b"/") + b"/")

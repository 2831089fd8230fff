"""Which files a list may name: those of the landing roots and of folders that the settings allow.

Whoever may drop a file may drop a list, and what it names becomes a source that everybody can see.
So a list reaches nothing else: no key in somebody's home, no file of this system, no ``/proc``.
Whether a path is there is not said of paths that may not be named.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from resources.configuration.media_home import MediaHome
from resources.configuration.settings import Settings
from resources.landing.roots import located

NO_DISKS = (b"/proc", b"/sys", b"/dev")
"""What the kernel shows there are no files of a disk, though some say that they are regular."""

OWN = "it is one of this system's own files"
ELSEWHERE = "it is in no landing root, and in no folder that list_folders of the settings allows"
KERNEL = "it is no file of a disk"
ZERO_BYTE = "no file name has a zero byte"
TOO_LONG = "no path is so long"

LONGEST_PATH = 4095
"""Bytes; PATH_MAX of Linux, and more than that of macOS."""


class ListableFiles:
    """Says of absolute raw paths whether a list may name them, links in their folders followed."""

    def __init__(self, home: MediaHome, folders: Sequence[Path]) -> None:
        self._real = [bytes(folder.resolve()) for folder in folders]
        self._spelled = [*map(bytes, folders), *self._real]
        self._home = bytes(home.root.resolve())
        self._landing = bytes(home.landing.resolve())
        self._real_of: dict[bytes, bytes] = {b"/": b"/"}
        self._why_not_in: dict[bytes, str | None] = {}

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """What the settings allow."""
        allowed = [located(root) for root in settings.roots]
        allowed += [folder.expanduser().absolute() for folder in settings.list_folders]
        return cls(settings.media_home, allowed)

    def why_not(self, path: bytes) -> str | None:
        """Why a list may not name this path, or None. The path is a normal one, without ``..``.

        Only folders below the allowed ones are looked at, each once.
        """
        if b"\0" in path:
            return ZERO_BYTE
        if len(path) > LONGEST_PATH:
            return TOO_LONG
        folder = os.path.dirname(path)  # noqa: PTH120 - bytes
        if folder not in self._why_not_in:
            self._why_not_in[folder] = self._judge(folder)
        return self._why_not_in[folder]

    def _judge(self, folder: bytes) -> str | None:
        if not any(_is_below(folder, allowed) for allowed in self._spelled):
            return ELSEWHERE
        real = self._real_folder(folder)
        if any(_is_below(real, kernel) for kernel in NO_DISKS):
            return KERNEL
        if _is_below(real, self._home) and not _is_below(real, self._landing):
            return OWN
        return None if any(_is_below(real, allowed) for allowed in self._real) else ELSEWHERE

    def _real_folder(self, folder: bytes) -> bytes:
        """The folder with every link followed, known parents not looked at again."""
        names = []
        while folder not in self._real_of:
            folder, name = os.path.split(folder)
            names.append(name)
        real = self._real_of[folder]
        for name in reversed(names):
            folder, real = os.path.join(folder, name), os.path.join(real, name)  # noqa: PTH118
            if os.path.islink(real):  # noqa: PTH114 - bytes
                real = os.path.realpath(real)
            self._real_of[folder] = real
        return real


def _is_below(folder: bytes, allowed: bytes) -> bool:
    return folder == allowed or folder.startswith(allowed.rstrip(b"/") + b"/")

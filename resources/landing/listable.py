"""Which files a list may name: those of the landing roots and of folders that the settings allow.

Whoever may drop a file may drop a list, and what it names becomes a source that everybody can see.
So a list reaches nothing else: no key in somebody's home, no file of this system, no ``/proc``.
Whether a path is there is not said of paths that may not be named.
"""

import os
from pathlib import Path

from resources.configuration.media_home import MediaHome
from resources.configuration.settings import Settings
from resources.landing.roots import is_own, located

NO_DISKS = ("/proc", "/sys", "/dev")
"""What the kernel shows there are no files of a disk, though some say that they are regular."""

OWN = "it is one of this system's own files"
ELSEWHERE = "it is in no landing root, and in no folder that list_folders of the settings allows"
KERNEL = "it is no file of a disk"
ZERO_BYTE = "no file name has a zero byte"


class ListableFiles:
    """Says of absolute raw paths whether a list may name them, links in their folders followed."""

    def __init__(self, home: MediaHome, folders: tuple[Path, ...]) -> None:
        self._home = home
        self._real = [folder.resolve() for folder in folders]
        self._spelled = [bytes(path) for path in dict.fromkeys((*folders, *self._real))]
        self._folders: dict[bytes, str | None] = {}

    @classmethod
    def of(cls, settings: Settings) -> "ListableFiles":
        """What the settings allow."""
        allowed = [located(root) for root in settings.roots]
        allowed += [folder.expanduser().absolute() for folder in settings.list_folders]
        return cls(settings.media_home, tuple(allowed))

    def why_not(self, path: bytes) -> str | None:
        """Why a list may not name this path, or None. The path is a normal one, without ``..``.

        Only folders below the allowed ones are looked at.
        """
        if b"\0" in path:
            return ZERO_BYTE
        folder = os.path.dirname(path)  # noqa: PTH120 - bytes
        if folder not in self._folders:
            self._folders[folder] = self._why_not_in(folder)
        return self._folders[folder]

    def _why_not_in(self, folder: bytes) -> str | None:
        if not any(_is_below(folder, allowed) for allowed in self._spelled):
            return ELSEWHERE
        real = Path(os.fsdecode(folder)).resolve()
        if any(real.is_relative_to(kernel) for kernel in NO_DISKS):
            return KERNEL
        if is_own(real, self._home):
            return OWN
        if not any(real.is_relative_to(allowed) for allowed in self._real):
            return ELSEWHERE
        return None


def _is_below(folder: bytes, allowed: bytes) -> bool:
    return folder == allowed or folder.startswith(allowed.rstrip(b"/") + b"/")

"""Whether there is room to work: new files and runs wait before the disk is full, not after.

Runs wait for memory, too: see ``free_memory``.

Rows, logs, databases and all else on the disk need space too, so a part of it is left
free. If space runs out anyway, work fails as a whole: no file, no row and no event is half there.
"""

import shutil
from pathlib import Path

from resources.configuration.settings import Settings
from resources.stores.free_memory import has_memory, no_memory

RESERVE_SHARE = 0.05
"""Of a small disk so much is left free, not ``reserve_bytes``."""


def room_below(folder: Path, reserve_bytes: int) -> int:
    """Bytes that may be added to the file system of ``folder``; negative within the reserve."""
    usage = shutil.disk_usage(folder)
    return usage.free - int(min(reserve_bytes, usage.total * RESERVE_SHARE))


def has_room(settings: Settings) -> bool:
    """Whether new work may begin on the disk of MEDIA_HOME."""
    return room_below(settings.home, settings.reserve_bytes) > 0


def no_room(settings: Settings) -> str:
    """What people see while work waits for space."""
    reserve = f"{settings.reserve_bytes / 1024**3:g} GiB"
    return (
        "the disk is nearly full: new files stay where they are until there is room for them "
        f"and {reserve} (5 % on a small disk) to spare"
    )


def why_to_wait(settings: Settings) -> str | None:
    """Why no run should begin now, as disk or memory is short; None when there is enough."""
    if not has_room(settings):
        return no_room(settings)
    least_bytes = settings.least_free_memory_bytes
    return None if has_memory(least_bytes) else no_memory(least_bytes)

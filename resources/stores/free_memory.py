"""Whether there is memory to begin a run in: runs wait before memory runs out, not after.

The kernel ends what it finds largest when memory is gone, whoever caused it. What counts is what it
says is available, page cache included. A container's own limit is not looked at.
"""

import psutil

MIB = 1024**2


def has_memory(least_bytes: int) -> bool:
    """Whether at least ``least_bytes`` of this machine's memory are available."""
    return bool(psutil.virtual_memory().available >= least_bytes)


def no_memory(least_bytes: int) -> str:
    """What people see while runs wait for memory."""
    return (
        f"memory is short: no run begins while less than {least_bytes // MIB:,} MiB of it are "
        "available (the setting least_free_memory_bytes)"
    )

"""What the kernel holds a query's process to, whatever the code in it does."""

import fcntl
import math
import os
import resource
import select
import signal
from pathlib import Path

STDIN = 0


def forbid_files() -> None:
    """No file may grow by this process, not even a core dump. Pipes are no files."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def address_space_bytes() -> int:
    """The address space of this process (proc(5), statm)."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    return pages * os.sysconf("SC_PAGE_SIZE")


def limit_memory(more_bytes: int | None) -> None:
    """Let the address space grow by so many bytes from now on; None: as it was at the start."""
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    soft = hard if more_bytes is None else address_space_bytes() + more_bytes
    if hard != resource.RLIM_INFINITY:
        soft = min(soft, hard)
    resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def limit_cpu_time(seconds: float) -> None:
    """Have the kernel end this process (SIGXCPU) when it uses so much processor time from now on.

    All its threads count; the kernel rounds up to whole seconds.
    """
    usage = resource.getrusage(resource.RUSAGE_SELF)
    soft = math.ceil(usage.ru_utime + usage.ru_stime + seconds)
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    if hard != resource.RLIM_INFINITY:
        soft = min(soft, hard)
    resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))


def die_with_parent(*, watching: bool) -> None:
    """While a query runs, have the kernel kill this process the moment its parent is gone.

    The parent holds the other end of standard input, and writes nothing to it meanwhile; its
    closing raises a signal (fcntl(2), F_SETSIG), here SIGKILL. PR_SET_PDEATHSIG would watch the
    parent's thread instead. Between queries the process waits for a line, and sees the end itself.
    """
    fcntl.fcntl(STDIN, fcntl.F_SETSIG, signal.SIGKILL if watching else 0)
    fcntl.fcntl(STDIN, fcntl.F_SETOWN, os.getpid())
    flags = fcntl.fcntl(STDIN, fcntl.F_GETFL) & ~os.O_ASYNC
    fcntl.fcntl(STDIN, fcntl.F_SETFL, flags | (os.O_ASYNC if watching else 0))
    if watching and select.select([STDIN], [], [], 0)[0]:  # gone before the signal was set up
        os._exit(1)

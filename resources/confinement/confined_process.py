"""A process gives up, for good, what it does not need: for decoders and the programs they start.

What the kernel cannot do is left out and reported, not an error: ``Confinement`` says what holds.
"""

import os
import resource
import signal
import sys
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from resources.confinement import landlock, readable_places, seccomp
from resources.confinement.capabilities import drop_capabilities
from resources.confinement.system_calls import (
    PR_SET_DUMPABLE,
    PR_SET_PDEATHSIG,
    forbid_new_privileges,
    set_of_process,
)

MOST_DESCRIPTORS = 512
"""Open at a time in a decoder: libraries, and the files that it is handed over."""


class SeveralThreads(RuntimeError):
    """Landlock would bind one of them only."""


@dataclass(frozen=True)
class Confinement:
    """What holds in a process: the version of Landlock (0: none), and whether seccomp does."""

    landlock_version: int = 0
    has_seccomp: bool = False

    @property
    def is_complete(self) -> bool:
        """Whether neither files nor network nor other processes can be reached."""
        return self.landlock_version > 0 and self.has_seccomp


def prepare_confinement(kept_open: Collection[int]) -> None:
    """Close all that was inherited but these descriptors; no core dumps, no new privileges.

    Programs that this process needs can be started afterwards, before ``confine``.
    """
    close_all_but({0, 1, 2, *kept_open})
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        forbid_new_privileges()
        set_of_process(PR_SET_PDEATHSIG, signal.SIGKILL)


def confine(*, signaled: Iterable[int] = (), kept_open: Iterable[int] = ()) -> Confinement:
    """Leave this process nothing but reading libraries and answering on what is open.

    ``signaled`` are the process groups that it may signal, ``kept_open`` descriptors that it may
    not close. Returns what the kernel grants. Raises SeveralThreads.
    """
    if sys.platform != "linux":
        return Confinement()
    if len(os.listdir("/proc/self/task")) > 1:  # noqa: PTH208 - numbers, no paths
        raise SeveralThreads("a process must be confined before it starts threads")
    resource.setrlimit(resource.RLIMIT_NOFILE, (MOST_DESCRIPTORS, MOST_DESCRIPTORS))
    version = landlock.landlock_version()
    places = readable_places.of_decoders()
    set_of_process(PR_SET_DUMPABLE)  # nobody may look into it, and it leaves no core
    drop_capabilities(reading_stays=version > 0)
    if version:
        landlock.leave_only(places)
    is_known = seccomp.is_seccomp_known()
    if is_known:
        seccomp.allow_computing_only(signaled=signaled, kept_open=kept_open)
    return Confinement(version, is_known)


def confine_program(program: Path, readable: Iterable[int]) -> None:
    """The same, less strictly, for a program that is about to be started in this process.

    It may read and run what is installed and read the files ``readable``; it may write nothing, and
    reaches no network and no process but its own. To be called between fork and exec.
    """
    if sys.platform != "linux":
        return
    forbid_new_privileges()
    drop_capabilities(reading_stays=landlock.landlock_version() > 0)
    if landlock.landlock_version():
        places = readable_places.of_program(program)
        landlock.leave_only(places, files=readable, with_signals=True)
    if seccomp.is_seccomp_known():
        seccomp.forbid_reaching_out()


def close_all_but(kept: Collection[int]) -> None:
    """Close every open descriptor except these."""
    bounds = [-1, *sorted(kept), os.sysconf("SC_OPEN_MAX")]
    for before, after in pairwise(bounds):
        if before + 1 < after:  # Python 3.11 closes all of an empty range's upper end
            os.closerange(before + 1, after)

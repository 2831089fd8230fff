"""What a decoder process arranges with libc, the kernel and Python before its first picture."""

import ctypes
import fcntl
import gc
import multiprocessing
import os
import select
import signal

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8
"""Parameters of mallopt(3), from glibc's malloc.h."""

REUSED_BUFFER_BYTES = 32 * 1024**2
"""Buffers up to this size are kept for the next picture: the largest that every glibc allows."""

KEPT_FREE_BYTES = 128 * 1024**2
"""Beyond this, memory that is free goes back to the system."""


def detach_from_terminal() -> None:
    """Close the standard streams: C libraries print what they think of a file as they like.

    Nothing is lost: what matters arrives as an exception, whose traceback goes back in the report.
    """
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    os.close(nowhere)


def collect_between_pictures() -> None:
    """Keep Python's collector from running at any moment but between two pictures.

    While libvips reports a warning the collector would free other pictures, whose loaders report
    warnings as they close; GLib answers a report within a report by ending the process. What is
    imported already is not looked at again.
    """
    gc.disable()
    collect_garbage()


def collect_garbage() -> None:
    """Free what the last picture left, and look at what outlived it never again.

    That is what was imported or remembered for all pictures; looking at it each time took as long
    as the work on a small picture.
    """
    gc.collect()
    gc.freeze()


def reuse_buffers() -> None:
    """Have malloc keep the buffers of one picture for the next.

    It would get each one from the kernel every time, which clears it page by page: 1,300 page
    faults to read a 2.5 MB file, 1,100 to decode it (measured). One arena, because the threads of a
    decoder take turns. glibc only; elsewhere malloc stays as it is.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_MMAP_THRESHOLD, REUSED_BUFFER_BYTES)
        mallopt(M_TRIM_THRESHOLD, KEPT_FREE_BYTES)
        mallopt(M_ARENA_MAX, 1)


def die_with_parent() -> list[int]:
    """Have the kernel kill this process the moment the pool's process is gone, for any reason.

    The pool holds the other end of the sentinel pipe; its closing raises a signal (fcntl(2),
    F_SETSIG), here SIGKILL. PR_SET_PDEATHSIG would watch the fork server instead, which is
    the parent, and may serve other pools. Returns the descriptors that it needs. Linux only.
    """
    parent = multiprocessing.parent_process()
    if parent is None or not hasattr(fcntl, "F_SETSIG"):
        return []
    sentinel = parent.sentinel
    fcntl.fcntl(sentinel, fcntl.F_SETSIG, signal.SIGKILL)
    fcntl.fcntl(sentinel, fcntl.F_SETOWN, os.getpid())
    flags = fcntl.fcntl(sentinel, fcntl.F_GETFL)
    fcntl.fcntl(sentinel, fcntl.F_SETFL, flags | os.O_ASYNC)
    if select.select([sentinel], [], [], 0)[0]:  # gone before the signal was set up
        os._exit(1)
    return [sentinel]

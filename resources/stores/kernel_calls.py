"""Two system calls of Linux that Python does not have: openat2(2) and renameat2(2).

Elsewhere, in an older kernel, or where a container forbids them, they raise NotImplementedError
and ``beneath`` does the same in more steps.
"""

import ctypes
import errno
import os
import platform
import sys
from functools import cache

OPENAT2 = 437
"""Its number on every architecture below (arch/*/entry/syscalls, since Linux 5.6)."""

ARCHITECTURES = frozenset({"x86_64", "aarch64", "riscv64", "ppc64le", "s390x", "loongarch64"})

NO_SYMLINKS, BENEATH = 0x04, 0x08
"""RESOLVE_NO_SYMLINKS (which implies NO_MAGICLINKS) and RESOLVE_BENEATH, of linux/openat2.h."""

NOREPLACE = 1
"""RENAME_NOREPLACE of linux/fs.h."""

NOT_HERE = frozenset({errno.ENOSYS, errno.EPERM})
"""What a kernel without the call answers, and one that is told to forbid it."""


class OpenHow(ctypes.Structure):
    """``struct open_how`` of linux/openat2.h."""

    _fields_ = (
        ("flags", ctypes.c_uint64),
        ("mode", ctypes.c_uint64),
        ("resolve", ctypes.c_uint64),
    )


@cache
def libc() -> ctypes.CDLL:
    """The C library of this process."""
    return ctypes.CDLL(None, use_errno=True)


@cache
def has_openat2() -> bool:
    """Whether the kernel opens a file beneath a folder; asked once."""
    if sys.platform != "linux" or platform.machine() not in ARCHITECTURES:
        return False
    root = os.open("/", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.close(_openat2(root, b".", os.O_RDONLY | os.O_CLOEXEC))
    except OSError as error:
        if error.errno not in NOT_HERE:
            raise
        return False
    finally:
        os.close(root)
    return True


def openat2(folder: int, path: bytes, flags: int) -> int:
    """Open what is at ``path`` below an open folder; no part of the path may be a link.

    Raises OSError: ELOOP for a link. Raises NotImplementedError where ``has_openat2`` says no.
    """
    if not has_openat2():
        raise NotImplementedError("openat2")
    sys.audit("open", path, None, flags)
    return _openat2(folder, path, flags)


def rename_new(folder: int, old: bytes, new: bytes) -> None:
    """Rename an entry of an open folder; never in place of another one.

    Raises OSError (FileExistsError), NotImplementedError where the system or disk cannot do it.
    """
    call = getattr(libc(), "renameat2", None)
    if call is None:
        raise NotImplementedError("renameat2")
    sys.audit("os.rename", old, new, folder, folder)
    try:
        _answer(call(folder, old, folder, new, NOREPLACE))
    except OSError as error:
        if error.errno in (*NOT_HERE, errno.EINVAL):
            raise NotImplementedError("renameat2") from error
        raise


def _openat2(folder: int, path: bytes, flags: int) -> int:
    # O_NOFOLLOW says no more, and would have O_PATH open a link instead of refusing it.
    how = OpenHow(flags=flags & ~os.O_NOFOLLOW, mode=0, resolve=BENEATH | NO_SYMLINKS)
    while True:
        try:
            return _answer(
                libc().syscall(
                    ctypes.c_long(OPENAT2),
                    ctypes.c_int(folder),
                    ctypes.c_char_p(path),
                    ctypes.byref(how),
                    ctypes.c_size_t(ctypes.sizeof(how)),
                )
            )
        except InterruptedError:
            continue  # as Python's own calls do (PEP 475)


def _answer(result: int) -> int:
    """The result of a call. Raises OSError when it failed."""
    if result == -1:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result

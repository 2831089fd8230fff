"""System calls that libc has no function for, and what the kernel answers.

Numbers are those of Linux' ``asm/unistd_64.h`` (x86_64) and ``asm-generic/unistd.h`` (aarch64).
"""

import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_SECCOMP = 1, 4, 22
PR_SET_NO_NEW_PRIVS = 38
"""From linux/prctl.h."""


def system_call(number: int, *arguments: object) -> int:
    """Call the kernel by number; the answer. Raises OSError."""
    answer = libc.syscall(ctypes.c_long(number), *arguments)
    if answer < 0:
        raise _last_error()
    return int(answer)


def set_of_process(option: int, *values: object) -> None:
    """prctl(2): change one thing about this process. Raises OSError."""
    padded = [*values, *(ctypes.c_ulong(0) for _ in range(4 - len(values)))]
    if libc.prctl(ctypes.c_int(option), *padded) < 0:
        raise _last_error()


def forbid_new_privileges() -> None:
    """No program started from here on gets more rights, as setuid programs would (prctl(2))."""
    set_of_process(PR_SET_NO_NEW_PRIVS, ctypes.c_ulong(1))


def _last_error() -> OSError:
    number = ctypes.get_errno()
    return OSError(number, os.strerror(number))

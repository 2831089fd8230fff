"""seccomp: which system calls a process may make, decided by a filter that the kernel runs.

https://docs.kernel.org/userspace-api/seccomp_filter.html. A filter is a program of classic BPF
over ``struct seccomp_data``; it cannot be taken away again. There are two: a decoder may do only
what it needs to compute, an outside program (exiftool) anything but what reaches beyond it. A call
that is not allowed fails with EPERM: libraries then do without.
"""

import ctypes
import errno
import os
import platform
import struct
import sys
from collections.abc import Iterable, Sequence

from resources.confinement.call_numbers import MACHINES, NUMBERS, numbers_of
from resources.confinement.system_calls import PR_SET_SECCOMP, set_of_process

MODE_FILTER = 2
ALLOW, REFUSE, KILL_PROCESS = 0x7FFF0000, 0x00050000, 0x80000000
"""SECCOMP_RET_...; the errno is added to REFUSE."""

LOAD, JUMP_IF_EQUAL, JUMP_IF_ANY_BIT, RETURN = 0x20, 0x15, 0x45, 0x06
"""BPF_LD|BPF_W|BPF_ABS, BPF_JMP|BPF_JEQ|BPF_K, BPF_JMP|BPF_JSET|BPF_K, BPF_RET|BPF_K."""

NUMBER_AT, MACHINE_AT, ARGUMENTS_AT = 0, 4, 16
"""Offsets in struct seccomp_data; an argument has 8 bytes, of which the lower 4 are looked at."""

X32 = 0x40000000
"""Set in the numbers of x86_64's other calling convention."""

COMPUTING = (
    *("read", "write", "futex", "mmap", "munmap", "madvise", "mprotect", "mremap", "brk"),
    *("lseek", "pread64", "pwrite64", "readv", "writev", "fstat", "newfstatat", "stat", "lstat"),
    *("statx", "statfs", "fstatfs", "access", "faccessat", "faccessat2", "readlink", "readlinkat"),
    *("getdents64", "getcwd", "dup", "ftruncate", "mincore", "membarrier", "rt_sigaction"),
    *("rt_sigprocmask", "rt_sigreturn", "rt_sigtimedwait", "sigaltstack", "restart_syscall"),
    *("set_robust_list", "get_robust_list", "rseq", "set_tid_address", "gettid", "getpid"),
    *("getppid", "getpgrp", "getpgid", "getsid", "sched_yield", "sched_getaffinity", "getcpu"),
    *("nanosleep", "clock_nanosleep", "clock_gettime", "clock_getres", "gettimeofday", "time"),
    *("times", "getuid", "geteuid", "getgid", "getegid", "getresuid", "getresgid", "getgroups"),
    *("getrlimit", "setrlimit", "getrusage", "sysinfo", "uname", "getrandom", "setitimer"),
    *("getitimer", "poll", "ppoll", "select", "pselect6", "epoll_create1", "epoll_ctl"),
    *("epoll_wait", "epoll_pwait", "eventfd2", "pipe2", "recvmsg", "recvfrom", "wait4", "waitid"),
    *("exit", "exit_group"),
)
"""What decoders need beside the calls with conditions: no new files, sockets, processes, modes."""

REACHING_OUT = (
    *("socket", "socketpair", "connect", "bind", "listen", "accept", "accept4", "sendto"),
    *("sendmsg", "sendmmsg", "ptrace", "process_vm_readv", "process_vm_writev", "pidfd_open"),
    *("pidfd_getfd", "pidfd_send_signal", "bpf", "perf_event_open", "userfaultfd"),
    *("io_uring_setup", "io_uring_enter", "io_uring_register", "keyctl", "add_key", "request_key"),
    *("mount", "umount2", "pivot_root", "chroot", "unshare", "setns", "init_module"),
    *("finit_module", "delete_module", "kexec_load", "kexec_file_load", "open_by_handle_at"),
    *("open_tree", "move_mount", "fsopen", "mount_setattr", "reboot", "swapon", "swapoff"),
    *("settimeofday", "clock_settime", "adjtimex", "clock_adjtime", "acct", "quotactl"),
    *("personality", "rt_sigqueueinfo", "rt_tgsigqueueinfo"),
)
"""What an outside program that reads one file never needs."""

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND | 0o20000000
"""Flags of open(2) beyond reading; the last is __O_TMPFILE."""

CLONE_THREAD, NEW_NAMESPACES = 0x00010000, 0x7E020080
"""Flags of clone(2), from linux/sched.h."""

HARMLESS_IOCTLS = (0x5401, 0x5421, 0x541B, 0x5451)
"""TCGETS, FIONBIO, FIONREAD, FIOCLEX."""

HARMLESS_FCNTLS = (0, 1, 2, 3, 1030)
"""F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_DUPFD_CLOEXEC."""

HARMLESS_PRCTLS = (3, 15, 16, 0x53564D41)
"""PR_GET_DUMPABLE, PR_SET_NAME, PR_GET_NAME, PR_SET_VMA (names of memory, by malloc)."""

Instruction = tuple[int, int, int, int]
"""code, instructions to skip if true, if false, operand: struct sock_filter."""


class Program(ctypes.Structure):
    """struct sock_fprog."""

    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def is_seccomp_known() -> bool:
    """Whether filters can be made for this machine."""
    return sys.platform.startswith("linux") and platform.machine() in MACHINES


def allow_computing_only(*, signaled: Iterable[int] = (), kept_open: Iterable[int] = ()) -> None:
    """Let this process only compute, read what it may open, and answer on what is open.

    ``signaled`` are process groups, beside itself, that it may signal; ``kept_open`` are
    descriptors that it may not close. No new privileges must be set before. Raises OSError.
    """
    install(decoder_filter(platform.machine(), os.getpid(), tuple(signaled), tuple(kept_open)))


def forbid_reaching_out() -> None:
    """Take sockets, other processes and the administration of the machine from this process.

    For a program that is started afterwards. Raises OSError.
    """
    install(program_filter(platform.machine()))


def decoder_filter(
    machine: str, process: int, signaled: Sequence[int], kept_open: Sequence[int]
) -> list[Instruction]:
    """The filter of ``allow_computing_only``."""
    groups = [2**32 - group for group in signaled]
    return [
        *_of_machine(machine),
        *_allowed(numbers_of(COMPUTING, machine)),
        *_unless_any("close", machine, 0, kept_open),
        *_unless_bits("open", machine, 1, WRITING),
        *_unless_bits("openat", machine, 2, WRITING),
        *_if_bits("clone", machine, 0, CLONE_THREAD),
        *_if_any("kill", machine, 0, [process, *groups]),
        *_if_any("tgkill", machine, 0, [process]),
        *_if_any("prctl", machine, 0, HARMLESS_PRCTLS),
        *_if_any("prlimit64", machine, 0, [0, process]),
        *_if_any("ioctl", machine, 1, HARMLESS_IOCTLS),
        *_if_any("fcntl", machine, 1, HARMLESS_FCNTLS),
        *_block("clone3", machine, [_refuse(errno.ENOSYS)]),
        _refuse(errno.EPERM),
    ]


def program_filter(machine: str) -> list[Instruction]:
    """The filter of ``forbid_reaching_out``."""
    refused = numbers_of(REACHING_OUT, machine)
    return [
        *_of_machine(machine),
        *(one for number in refused for one in _if_number(number, [_refuse(errno.EPERM)])),
        *_unless_bits("clone", machine, 0, NEW_NAMESPACES),
        *_block("clone3", machine, [_refuse(errno.ENOSYS)]),
        _allow(),
    ]


def install(instructions: Sequence[Instruction]) -> None:
    """Have the kernel run this filter on every system call from now on. Raises OSError."""
    packed = b"".join(struct.pack("=HBBI", *one) for one in instructions)
    kept = ctypes.create_string_buffer(packed, len(packed))
    program = Program(len(instructions), ctypes.addressof(kept))
    set_of_process(PR_SET_SECCOMP, ctypes.c_ulong(MODE_FILTER), ctypes.byref(program))


def _of_machine(machine: str) -> list[Instruction]:
    """End a process that calls as another kind of machine would; then load the call's number."""
    return [
        (LOAD, 0, 0, MACHINE_AT),
        (JUMP_IF_EQUAL, 1, 0, MACHINES[machine][1]),
        (RETURN, 0, 0, KILL_PROCESS),
        (LOAD, 0, 0, NUMBER_AT),
        (JUMP_IF_ANY_BIT, 0, 1, X32),
        (RETURN, 0, 0, KILL_PROCESS),
    ]


def _allowed(numbers: Iterable[int]) -> list[Instruction]:
    return [one for number in numbers for one in _if_number(number, [_allow()])]


def _if_any(name: str, machine: str, argument: int, values: Sequence[int]) -> list[Instruction]:
    """Allow the call when its argument is one of the values."""
    return _compared(name, machine, argument, values, _allow(), _refuse(errno.EPERM))


def _unless_any(name: str, machine: str, argument: int, values: Sequence[int]) -> list[Instruction]:
    """Allow the call when its argument is none of the values."""
    return _compared(name, machine, argument, values, _refuse(errno.EPERM), _allow())


def _compared(
    name: str,
    machine: str,
    argument: int,
    values: Sequence[int],
    found: Instruction,
    otherwise: Instruction,
) -> list[Instruction]:
    tests = [one for value in values for one in ((JUMP_IF_EQUAL, 0, 1, value), found)]
    return _block(name, machine, [_load(argument), *tests, otherwise])


def _unless_bits(name: str, machine: str, argument: int, bits: int) -> list[Instruction]:
    """Allow the call when none of the bits is set in its argument."""
    test = (JUMP_IF_ANY_BIT, 0, 1, bits)
    return _block(name, machine, [_load(argument), test, _refuse(errno.EPERM), _allow()])


def _if_bits(name: str, machine: str, argument: int, bits: int) -> list[Instruction]:
    """Allow the call when one of the bits is set in its argument."""
    test = (JUMP_IF_ANY_BIT, 0, 1, bits)
    return _block(name, machine, [_load(argument), test, _allow(), _refuse(errno.EPERM)])


def _block(name: str, machine: str, instructions: Sequence[Instruction]) -> list[Instruction]:
    """These instructions, which must end with a return, for one call; none if there is none."""
    number = NUMBERS[name][MACHINES[machine][0]]
    return [] if number is None else _if_number(number, instructions)


def _if_number(number: int, instructions: Sequence[Instruction]) -> list[Instruction]:
    return [(JUMP_IF_EQUAL, 0, len(instructions), number), *instructions]


def _load(argument: int) -> Instruction:
    """The lower half of an argument; both machines are little-endian."""
    return (LOAD, 0, 0, ARGUMENTS_AT + 8 * argument)


def _allow() -> Instruction:
    return (RETURN, 0, 0, ALLOW)


def _refuse(number: int) -> Instruction:
    return (RETURN, 0, 0, REFUSE | number)

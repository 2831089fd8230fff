"""Landlock: a process that gives up the files and TCP ports that it does not need.

https://docs.kernel.org/userspace-api/landlock.html. Linux since 5.13; no privilege is needed, and
root is bound by it, too. What is open already stays open. Names and dates of files can still be
asked for (stat), and modes changed: seccomp forbids the second.
"""

import ctypes
import errno
import os
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from resources.confinement.system_calls import system_call

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
"""The same on all architectures."""

VERSION_FLAG = 1
PATH_BENEATH = 1

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR, TRUNCATE = 1 << 0, 1 << 1, 1 << 2, 1 << 3, 1 << 14
FILE_RIGHTS = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE
"""What a rule about a file, not a folder, may allow."""

READ = READ_FILE | READ_DIR
READ_AND_EXECUTE = READ | EXECUTE
READ_AND_WRITE = READ | WRITE_FILE | TRUNCATE

RIGHTS_BY_VERSION = ((5, (1 << 16) - 1), (3, (1 << 15) - 1), (2, (1 << 14) - 1), (1, (1 << 13) - 1))
"""All rights to files that a version of Landlock knows, and so can take away."""

TCP_VERSION, BIND_AND_CONNECT = 4, 3
SCOPE_VERSION, ABSTRACT_SOCKETS, SIGNALS = 6, 1, 2


class RulesetAttribute(ctypes.Structure):
    """struct landlock_ruleset_attr."""

    _fields_ = (
        ("handled_access_fs", ctypes.c_uint64),
        ("handled_access_net", ctypes.c_uint64),
        ("scoped", ctypes.c_uint64),
    )


class PathBeneath(ctypes.Structure):
    """struct landlock_path_beneath_attr."""

    _pack_ = 1
    _layout_ = "ms"
    _fields_ = (("allowed_access", ctypes.c_uint64), ("parent_fd", ctypes.c_int32))


def landlock_version() -> int:
    """The version (ABI) that this kernel has; 0 where it has none or Landlock is switched off."""
    if not sys.platform.startswith("linux"):
        return 0
    try:
        return system_call(CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(VERSION_FLAG))
    except OSError:
        return 0


def leave_only(
    places: Mapping[Path, int], *, files: Iterable[int] = (), with_signals: bool = False
) -> None:
    """Take from this thread, and all that it starts, every right but these.

    ``places`` are files and folders with the rights to all below them; those that do not exist are
    passed over. ``files`` are descriptors that may be opened again to read. With ``with_signals``
    only processes that it starts itself can be signaled. No new privileges must be set before.
    Raises OSError where the kernel has no Landlock.
    """
    version = landlock_version()
    handled = next((rights for least, rights in RIGHTS_BY_VERSION if version >= least), 0)
    scoped = ABSTRACT_SOCKETS | (SIGNALS if with_signals else 0)
    attribute = RulesetAttribute(
        handled,
        BIND_AND_CONNECT if version >= TCP_VERSION else 0,
        scoped if version >= SCOPE_VERSION else 0,
    )
    size = ctypes.c_size_t(ctypes.sizeof(attribute))
    ruleset = system_call(CREATE_RULESET, ctypes.byref(attribute), size, ctypes.c_uint32(0))
    try:
        for place, rights in places.items():
            _allow_place(ruleset, place, rights & handled)
        for descriptor in files:
            _allow_file(ruleset, descriptor)
        system_call(RESTRICT_SELF, ctypes.c_int(ruleset), ctypes.c_uint32(0))
    finally:
        os.close(ruleset)


def _allow_place(ruleset: int, place: Path, rights: int) -> None:
    with suppress(FileNotFoundError, PermissionError, NotADirectoryError):
        descriptor = os.open(place, os.O_PATH | os.O_CLOEXEC)
        try:
            _allow(ruleset, descriptor, rights if place.is_dir() else rights & FILE_RIGHTS)
        finally:
            os.close(descriptor)


def _allow_file(ruleset: int, descriptor: int) -> None:
    try:
        _allow(ruleset, descriptor, READ_FILE)
    except OSError as error:
        if error.errno != errno.EBADFD:  # it is in memory, of which Landlock knows nothing
            raise


def _allow(ruleset: int, descriptor: int, rights: int) -> None:
    rule = PathBeneath(rights, descriptor)
    arguments = (ctypes.c_int(PATH_BENEATH), ctypes.byref(rule), ctypes.c_uint32(0))
    system_call(ADD_RULE, ctypes.c_int(ruleset), *arguments)

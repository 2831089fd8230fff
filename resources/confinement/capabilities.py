"""Root's special rights, given up (capabilities(7)); an ordinary user has none."""

import ctypes
import os

from resources.confinement.system_calls import libc

VERSION_3 = 0x20080522
DAC_READ_SEARCH = 1 << 2
"""Reading and entering whatever modes say: a Python installation may lie in a private folder."""


class Header(ctypes.Structure):
    """struct __user_cap_header_struct."""

    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class Data(ctypes.Structure):
    """struct __user_cap_data_struct: the lower and the upper 32 rights."""

    _fields_ = (
        ("effective", ctypes.c_uint32),
        ("permitted", ctypes.c_uint32),
        ("inheritable", ctypes.c_uint32),
    )


def drop_capabilities(*, reading_stays: bool) -> None:
    """Give up all rights of root; with ``reading_stays`` all but the right to read any file.

    That one may stay only where Landlock says which files. Raises OSError.
    """
    held = (Data * 2)()
    header = Header(VERSION_3, 0)
    if libc.capget(ctypes.byref(header), held):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    kept = held[0].permitted & (DAC_READ_SEARCH if reading_stays else 0)
    less = (Data * 2)(Data(kept, kept, 0), Data(0, 0, 0))
    if libc.capset(ctypes.byref(header), less):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))

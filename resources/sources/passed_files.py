"""Files that a process was handed over open, because it may not open them itself.

A decoder reads an original, sidecar or rendition by a descriptor that came with its task. Plain
module state: one task at a time. Elsewhere files are opened as usual.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

_passed: Mapping[bytes, int] = {}


@contextmanager
def passed(files: Mapping[bytes, int]) -> Iterator[None]:
    """Inside the block these absolute paths are read by their descriptors; all are closed then."""
    global _passed  # noqa: PLW0603 - see the module docstring
    _passed = files
    try:
        yield
    finally:
        _passed = {}
        for descriptor in files.values():
            os.close(descriptor)


def read_passed(path: bytes) -> bytes:
    """All bytes of the file at an absolute path; a link is not followed. Raises OSError."""
    if path in _passed:
        descriptor = os.dup(_passed[path])
        os.lseek(descriptor, 0, os.SEEK_SET)
    else:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    with open(descriptor, "rb") as file:  # noqa: PTH123 - a descriptor has no Path
        return file.read()

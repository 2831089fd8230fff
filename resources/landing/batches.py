"""Which batch a landing file belongs to, and what a list of paths names.

The first folder below the root names the batch, however deep the file is, unless the settings say
otherwise (``batch_names``). Loose files share a batch for as long as one of them is still settling.
A ``.lst`` file is a batch of its own.
"""

import errno
import os
from collections.abc import Iterator

from resources.configuration.settings import BatchNames
from resources.landing.file import check_in_place, check_unchanged
from resources.landing.records import FileKind
from resources.landing.scan import Signature
from resources.sources.source_identity import batch_name, batch_path
from resources.stores.beneath import Place

LIST_SUFFIX = b".lst"
MAX_LIST_BYTES = 64 * 1024 * 1024
"""About a million paths."""

MAX_NAMES = 500_000
"""Lines of one list: some seconds of looking at what they name."""


class TooManyNames(OSError):
    """A list has more than MAX_NAMES lines."""

    def __init__(self) -> None:
        super().__init__(errno.E2BIG, f"it has more than {MAX_NAMES:,} lines: make several lists")


def kind_of(path: bytes) -> FileKind:
    """Why a scanned file (path relative to its root) is looked at."""
    if path.lower().endswith(LIST_SUFFIX):
        return FileKind.LIST
    return FileKind.FOLDER if b"/" in path else FileKind.LOOSE


def named_batch(path: bytes, kind: FileKind, names: BatchNames = "first_folder") -> str:
    """The batch of a file in a folder, or of a list; ``names``: see Settings.batch_names."""
    if kind is FileKind.LIST:
        return batch_name(os.path.basename(path)[: -len(LIST_SUFFIX)])  # noqa: PTH119 - bytes
    folders = path.split(b"/")[:-1]
    if names == "path":
        return batch_path(folders)
    return batch_name(folders[0 if names == "first_folder" else -1])


def read_list(place: Place, folder: bytes, expected: Signature) -> tuple[bytes, ...]:
    """The absolute paths that a settled list names, in order, each once.

    One raw path per line, absolute or relative to the list's ``folder`` (absolute); blank lines and
    lines that begin with ``#`` are passed over. Raises TooManyNames, StillChanging, OSError.
    """
    descriptor = place.open()
    with open(descriptor, "rb") as file:  # noqa: PTH123 - a descriptor has no Path
        check_unchanged(descriptor, expected)
        content = file.read(MAX_LIST_BYTES)
        check_unchanged(descriptor, expected)
    check_in_place(place, expected)
    if content.count(b"\n") > MAX_NAMES:
        raise TooManyNames
    named = (os.path.normpath(os.path.join(folder, line)) for line in _lines(content))  # noqa: PTH118 - bytes
    return tuple(dict.fromkeys(named))


def _lines(content: bytes) -> Iterator[bytes]:
    for line in content.removeprefix(b"\xef\xbb\xbf").split(b"\n"):
        entry = line.removesuffix(b"\r")
        if entry.strip() and not entry.startswith(b"#"):
            yield entry

"""Files in ``originals``: whether one is there, and how copies of landing files get there.

Each is flushed, read-only, under its SHA-256. A copy is made beside the store's folders under a
dot-temp name. Many are put in place together, because waiting for the disk once per folder is
cheaper than once per file.
"""

import os
import secrets
from collections.abc import Sequence
from concurrent.futures import Executor
from datetime import UTC, datetime, timedelta
from pathlib import Path

from resources.stores.content_store import ContentStore, sync_folder

PARTIAL = "landing.partial"
"""Ends the names of copies that a look makes; other writers of the store have other names."""

ABANDONED_AFTER = timedelta(hours=1)
"""A partial file of another writer that nobody wrote to for so long has lost its writer."""


def new_partial(store: ContentStore) -> Path:
    """A dot-temp name for a copy that is being made."""
    return store.root / f".{secrets.token_hex(8)}.{PARTIAL}"


def remove_partials(store: ContentStore) -> None:
    """Delete copies that a killed look left. Only while no other look makes copies.

    Of what other writers (assets that keep children) left, only what is old.
    """
    for path in store.root.glob(f".*.{PARTIAL}"):
        path.unlink()
    store.remove_abandoned(datetime.now(UTC) - ABANDONED_AFTER)


def is_kept(home: Path, path: bytes, size_bytes: int) -> bool:
    """Whether the copy at ``path`` (relative to MEDIA_HOME) is there in full size."""
    try:
        place = os.path.join(os.fsencode(home), path)  # noqa: PTH118 - bytes
        return os.lstat(place).st_size == size_bytes
    except FileNotFoundError:
        return False


def put_in_place(copies: Sequence[tuple[Path, Path]], flushing: Executor) -> None:
    """Rename each (copy, target), durably; a target that is whole already stays as it is.

    Raises OSError; then some may be in place and the rest still are copies.
    """
    new = [(copy, target) for copy, target in copies if not _is_in_place(copy, target)]
    list(flushing.map(_flush, [copy for copy, _ in new]))
    folders: set[Path] = set()
    for copy, target in new:
        folders |= _made_folders(target.parent)
        copy.replace(target)
        folders.add(target.parent)
    list(flushing.map(sync_folder, folders))


def _is_in_place(copy: Path, target: Path) -> bool:
    """Whether ``target`` is there in full size; then the copy is deleted."""
    try:
        whole = target.stat().st_size == copy.stat().st_size
    except FileNotFoundError:
        return False
    if whole:
        copy.unlink()
    return whole


def _flush(copy: Path) -> None:
    descriptor = os.open(copy, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _made_folders(folder: Path) -> set[Path]:
    """Make ``folder``; return the folders that got a new entry by that."""
    changed = set()
    for missing in (folder.parent, folder):
        if not missing.exists():
            missing.mkdir(exist_ok=True)
            changed.add(missing.parent)
    return changed

"""Folds many small commits into few sorted files, and deletes what was folded an hour later.

A reader may hold a list of files while they are folded, so nothing is deleted before GRACE has
passed; until then the same row is in two files, which readers of the row store expect. Killed at
any point, the next compaction goes on: a base file says which commits are in it and is either
whole or absent.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from filelock import FileLock, Timeout

from resources.rows.row_files import (
    Manifest,
    commit,
    not_folded,
    read_manifests,
    scan_files,
    standing,
)
from resources.rows.row_store import RowStore
from resources.stores.content_store import is_older

GRACE = timedelta(hours=1)
"""Longest that a reader may work from one list of files."""

MIN_COMMITS = 32
"""Fewer commits than this are read about as fast as one file."""

MAX_BASES = 8
"""So many small base files are merged into one."""

LARGE_BASE_BYTES = 256 * 1024**2
"""A base file above this size is left alone: merging sorts in memory."""

COMPACTION_LOCK = ".compaction.lock"
"""Beside a table's files; while it is held, none of them is deleted."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Compaction:
    """What one compaction did, in files."""

    folded: int = 0
    merged: int = 0
    deleted: int = 0


def compact(
    store: RowStore,
    table: str,
    *,
    min_commits: int = MIN_COMMITS,
    max_bases: int = MAX_BASES,
    grace: timedelta = GRACE,
) -> Compaction:
    """Fold, merge and clean up ``table``; harmless at any time and when repeated.

    Does nothing while another process compacts the same table.
    """
    try:
        with FileLock(store.root / table / COMPACTION_LOCK, blocking=False):
            deleted = _tidy_up(store, table, datetime.now(UTC) - grace)
            folded = _fold(store, table, min_commits)
            merged = _merge(store, table, max_bases)
    except Timeout:
        _log.info("%s is being compacted by another process", table)
        return Compaction()
    return Compaction(folded, merged, deleted)


def read_bases(store: RowStore, table: str) -> dict[Path, Manifest]:
    """The base files of ``table`` in the order of their ids, with what each says of itself."""
    return read_manifests(path for path in store.files(table) if path.parent.name == "base")


def pending(store: RowStore, table: str, bases: Mapping[Path, Manifest]) -> list[Path]:
    """The commits that are in no base file."""
    return not_folded((p for p in store.files(table) if p.parent.name == "inbox"), bases)


def rows_in(files: Sequence[Path]) -> int:
    """How many rows one table's files hold, each counted once. Reads no row."""
    manifests = {path: Manifest.read(path) for path in files}
    bases = {path: one for path, one in manifests.items() if path.parent.name == "base"}
    folded = {seq for one in bases.values() for seq in one.folded}
    commits = [one for path, one in manifests.items() if path not in bases]
    return sum(one.row_count for one in standing(bases).values()) + sum(
        one.row_count for one in commits if one.seq not in folded
    )


def _fold(store: RowStore, table: str, min_commits: int) -> int:
    commits = pending(store, table, read_bases(store, table))
    if len(commits) < min_commits:
        return 0
    counts = {path.stem: Manifest.read(path).row_count for path in commits}
    write_base(store, table, commits, counts, replaces=())
    return len(commits)


def _merge(store: RowStore, table: str, max_bases: int) -> int:
    bases = read_bases(store, table)
    small = {
        path: manifest
        for path, manifest in standing(bases).items()
        if path.stat().st_size < LARGE_BASE_BYTES
    }
    if len(small) < max_bases:
        return 0
    counts = {seq: rows for manifest in small.values() for seq, rows in manifest.folded.items()}
    on_disk = {path.stem for path in bases}
    older = {name for manifest in small.values() for name in manifest.replaces} & on_disk
    replaces = (*sorted(older), *(path.stem for path in small))
    write_base(store, table, list(small), counts, replaces=replaces)
    return len(small)


def write_base(
    store: RowStore,
    table: str,
    files: Sequence[Path],
    folded: Mapping[str, int],
    *,
    replaces: tuple[str, ...],
) -> None:
    """One file with the rows of ``files``, sorted by key and age."""
    declared = store.declaration(table)
    rows = scan_files(files, declared.full_schema).sort(*declared.key, "_seq", "_row").collect()
    if rows.height != sum(folded.values()):
        raise ValueError(f"{table}: {rows.height} rows were read where {sum(folded.values())} are")
    seq = store.next_seq(table)
    manifest = Manifest(
        table=table,
        seq=seq,
        key=declared.key,
        schema_hash=declared.schema_hash,
        producer={"compaction": "1"},
        run_id="",
        row_count=rows.height,
        created_at=datetime.now(UTC).isoformat(),
        folded=folded,
        replaces=replaces,
    )
    commit(rows, store.base(table) / f"{seq}.parquet", manifest)


def _tidy_up(store: RowStore, table: str, before: datetime) -> int:
    """Delete what base files older than ``before`` stand for, and what killed writers left."""
    bases = read_bases(store, table)
    settled = [
        manifest
        for manifest in bases.values()
        if datetime.fromisoformat(manifest.created_at) < before
    ]
    folded = {seq for manifest in settled for seq in manifest.folded}
    replaced = {name for manifest in settled for name in manifest.replaces}
    commits = [path for path in store.inbox(table).glob("*.parquet") if path.stem in folded]
    outdated = [path for path in bases if path.stem in replaced]
    return _delete([*commits, *outdated, *_abandoned(store, table, before)])


def _abandoned(store: RowStore, table: str, before: datetime) -> list[Path]:
    partials = [*store.inbox(table).glob(".*.partial"), *store.base(table).glob(".*.partial")]
    return [path for path in partials if is_older(path, before)]


def _delete(paths: Iterable[Path]) -> int:
    count = 0
    for path in paths:
        path.unlink(missing_ok=True)
        count += 1
    return count

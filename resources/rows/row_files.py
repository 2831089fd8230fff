"""One file of the row store: what it says of itself, how it is written, how it is read.

A file is complete or absent. Its manifest is in the Parquet key-value metadata under "media", so
that a file can be judged without any catalog.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Self

import polars as pl

from resources.rows.row_paths import MANIFEST_KEY
from resources.stores.content_store import partial_name, sync_folder

ADDED = pl.Schema({"_seq": pl.String(), "_row": pl.Int64(), "_run_id": pl.String()})
"""What the store adds to every row: commit id, place in the commit (0-based), run."""


@dataclass(frozen=True)
class Declaration:
    """What a table looks like: its columns without those of ADDED, and what names its rows.

    An empty ``key`` means that every row counts (a log); otherwise the newest row per key counts.
    """

    table: str
    schema: pl.Schema
    key: tuple[str, ...]

    @cached_property
    def full_schema(self) -> pl.Schema:
        """The columns as they are in the files."""
        return pl.Schema({**self.schema, **ADDED})

    @property
    def schema_hash(self) -> str:
        """16 hex digits that change with the columns, their types or the key."""
        columns = [f"{name}:{dtype}" for name, dtype in self.full_schema.items()]
        return hashlib.sha256("\n".join([*columns, *self.key]).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Manifest:
    """What one file says of itself, kept in its Parquet key-value metadata.

    Of a base file, ``folded`` maps the commits inside it to their numbers of rows, and
    ``replaces`` names the older base files that it replaces.
    """

    table: str
    seq: str
    key: tuple[str, ...]
    schema_hash: str
    producer: Mapping[str, str]
    run_id: str
    row_count: int
    created_at: str
    folded: Mapping[str, int] = field(default_factory=dict)
    replaces: tuple[str, ...] = ()

    @classmethod
    def read(cls, path: Path) -> Self:
        """The manifest of a file of the store. Raises OSError or ComputeError if unreadable."""
        with path.open("rb") as file:  # a path would be taken for a pattern
            fields = json.loads(pl.read_parquet_metadata(file)[MANIFEST_KEY])
        lists = {name: tuple(fields[name]) for name in ("key", "replaces")}
        return cls(**{**fields, **lists})


def read_manifests(paths: Iterable[Path]) -> dict[Path, Manifest]:
    """What each base file says of itself.

    One that is deleted meanwhile is left out: what replaces it has been there for an hour or more.
    """
    manifests = {}
    for path in paths:
        with suppress(FileNotFoundError):
            manifests[path] = Manifest.read(path)
    return manifests


def standing(bases: Mapping[Path, Manifest]) -> dict[Path, Manifest]:
    """The base files that no other one replaces: together they hold each folded row once."""
    replaced = {name for manifest in bases.values() for name in manifest.replaces}
    return {path: manifest for path, manifest in bases.items() if path.stem not in replaced}


def not_folded(commits: Iterable[Path], bases: Mapping[Path, Manifest]) -> list[Path]:
    """The commits that are in no base file."""
    folded = {seq for manifest in bases.values() for seq in manifest.folded}
    return [path for path in commits if path.stem not in folded]


def commit(rows: pl.DataFrame, target: Path, manifest: Manifest) -> None:
    """Write one Parquet file so that after a crash or power cut it is whole or absent."""
    partial = partial_name(target)
    metadata = {MANIFEST_KEY: json.dumps(asdict(manifest), ensure_ascii=True)}
    try:
        with partial.open("wb") as file:
            rows.write_parquet(file, row_group_size=50_000, metadata=metadata)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    sync_folder(target.parent)


def scan_files(files: Sequence[Path], schema: pl.Schema) -> pl.LazyFrame:
    """The rows of ``files`` with the columns of ``schema``; absent columns are null."""
    return pl.scan_parquet(
        list(files), glob=False, schema=schema, missing_columns="insert", extra_columns="ignore"
    )

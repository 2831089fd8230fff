"""Which sources are known: by the SHA-256 of their bytes, and by the first digits of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import polars as pl

from resources.rows.row_store import RowStore
from resources.sources.source_identity import HASH_LENGTHS
from resources.sources.source_rows import IMAGE_MEDIUM, ORIGINAL

START_LENGTH = HASH_LENGTHS[0]
"""Hex digits of the SHA-256 in an id that clashes with none."""


@dataclass(frozen=True, slots=True)
class KnownSource:
    """An accepted source; ``mode`` and ``path`` are those of its newest original row."""

    sha256: str
    source_id: str
    mode: str
    path: bytes
    size_bytes: int
    medium: str = IMAGE_MEDIUM


class Identities(Protocol):
    """All that has to be known of the accepted sources to name the next one."""

    def source(self, sha256: str) -> KnownSource | None:
        """The source with these bytes."""

    def hashes_starting_with(self, start: str) -> Sequence[str]:
        """The SHA-256 of all sources that begin with these START_LENGTH hex digits."""


@dataclass(frozen=True)
class StoredIdentities:
    """What the rows say of some digests and of those that begin like them."""

    sources: Mapping[str, KnownSource]

    @cached_property
    def _by_start(self) -> dict[str, list[str]]:
        by_start: dict[str, list[str]] = {}
        for sha256 in self.sources:
            by_start.setdefault(sha256[:START_LENGTH], []).append(sha256)
        return by_start

    def source(self, sha256: str) -> KnownSource | None:
        """The source with these bytes."""
        return self.sources.get(sha256)

    def hashes_starting_with(self, start: str) -> Sequence[str]:
        """The SHA-256 of all read sources that begin with these START_LENGTH hex digits."""
        return self._by_start.get(start, [])


def stored_identities(rows: RowStore, digests: Iterable[str]) -> StoredIdentities:
    """What the original rows say of these SHA-256, and of all that share their first digits.

    Reads one column of the whole table (see RowStore.current for what that costs).
    """
    starts = {sha256[:START_LENGTH].encode() for sha256 in digests}
    start = pl.col("sha256").str.head(START_LENGTH).cast(pl.Binary)
    found = rows.scan(ORIGINAL.name).filter(start.is_in(list(starts))).collect()
    newest = found.sort("_seq", "_row").unique("sha256", keep="last", maintain_order=True)
    return StoredIdentities({row["sha256"]: _known(row) for row in newest.iter_rows(named=True)})


def _known(row: Mapping[str, object]) -> KnownSource:
    return KnownSource(
        sha256=str(row["sha256"]),
        source_id=str(row["image_id"]),
        mode=str(row["mode"]),
        path=bytes(row["path"]),  # type: ignore[call-overload]  # a binary column
        size_bytes=int(str(row["size_bytes"])),
        medium=str(row["medium"] or IMAGE_MEDIUM),
    )

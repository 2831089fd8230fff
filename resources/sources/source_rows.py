"""Rows of sources: accepted originals, sightings of them, and what happened to batches.

They are the truth; the ledger mirrors them. An original's ``_run_id`` is the id of the chunk in
which it was first accepted, so that run requests can be made again from the rows alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import polars as pl

from resources.rows.row_store import RowStore
from resources.rows.table import Table

WHEN = pl.Datetime("us", "UTC")

ORIGINAL = Table(
    "ingest/original",
    pl.Schema(
        {
            "image_id": pl.String(),
            "sha256": pl.String(),
            "file_name": pl.String(),
            "mode": pl.String(),
            "path": pl.Binary(),
            "size_bytes": pl.Int64(),
            "root": pl.String(),
            "batch": pl.String(),
            "landed_at": WHEN,
            "role": pl.String(),
            "medium": pl.String(),
            "tenant": pl.String(),
            "parent_id": pl.String(),
            "place": pl.String(),
        }
    ),
    ("image_id",),
    "Accepted sources: identity (SHA-256), batch, and where the bytes are. Written when a file of "
    "a landing folder has settled, and by assets that make sources of their own.",
)
SIGHTING = Table(
    "ingest/sighting",
    pl.Schema(
        {
            "image_id": pl.String(),
            "sha256": pl.String(),
            "root": pl.String(),
            "path": pl.Binary(),
            "path_display": pl.String(),
            "file_name": pl.String(),
            "size_bytes": pl.Int64(),
            "mtime_ns": pl.Int64(),
            "inode": pl.Int64(),
            "batch": pl.String(),
            "is_new": pl.Boolean(),
            "seen_at": WHEN,
            "role": pl.String(),
        }
    ),
    (),
    "Every file in which a source was seen: landing root, path, size, time. The same bytes under "
    "another name are a sighting, not another source.",
)
BATCH_EVENT = Table(
    "ingest/batch_event",
    pl.Schema(
        {
            "batch": pl.String(),
            "root": pl.String(),
            "event": pl.String(),
            "detail": pl.String(),
            "at": WHEN,
            "files": pl.Int64(),
        }
    ),
    (),
    "What happened to batches: opened, cancelled, a listed file that is not there. Written by the "
    "landing sensor and the command line.",
)

SOURCE_ROLE, SIDECAR = "image", "sidecar"
"""Roles of files as stored: a source of any medium is "image". Older rows have none: sources."""

IMAGE_MEDIUM = "image"
"""The medium of a source whose row names none."""

MOVE, REFERENCE = "move", "reference"
"""Modes: the bytes are kept in ``originals``, or in a file of somebody's archive."""

OPENED = "opened"
LISTED_MISSING = "listed_missing"
CANCELLED = "cancelled"
PAUSED = "paused"
RESUMED = "resumed"
PRIORITY = "priority"

PRODUCER = {"made_by": "ingest", "code_version": "1"}


@dataclass(frozen=True)
class OriginalRow:
    """Where the bytes of a source are. The newest row per source counts.

    ``image_id`` is the source's id, of any medium (``medium`` None: an image). ``path``:
    raw bytes, absolute (mode "reference") or relative to MEDIA_HOME (mode "move"). ``file_name`` is
    for display. ``landed_at`` is when it was first accepted. A sidecar is kept like a source, but
    is none: it has no partition and no derivatives. A child was made of the source ``parent_id``;
    ``place`` says where in it, as JSON text.
    """

    image_id: str
    sha256: str
    file_name: str
    mode: str
    path: bytes
    size_bytes: int
    root: str
    batch: str
    landed_at: datetime
    role: str = SOURCE_ROLE
    medium: str | None = None
    tenant: str | None = None
    parent_id: str | None = None
    place: str | None = None


@dataclass(frozen=True)
class SightingRow:
    """One file that held a source: ``path`` is relative to its root (absolute: from a list)."""

    image_id: str
    sha256: str
    root: str
    path: bytes
    path_display: str
    file_name: str
    size_bytes: int
    mtime_ns: int
    inode: int
    batch: str
    is_new: bool
    seen_at: datetime
    role: str = SOURCE_ROLE


@dataclass(frozen=True)
class BatchEventRow:
    """Something that happened to a batch: opened, listed_missing, cancelled, paused, resumed.

    Or ``priority``: ``detail`` says how urgent the batch is from then on.

    ``files``: how many listed files are missing (None in older rows: one), or how many the list
    that opened the batch waits for (None: no list, or an older row).
    """

    batch: str
    root: str
    event: str
    detail: str
    at: datetime
    files: int | None = None


IngestRow = OriginalRow | SightingRow | BatchEventRow
AnyIngestRow = TypeVar("AnyIngestRow", OriginalRow, SightingRow, BatchEventRow)


def append(rows: RowStore, table: Table, entries: Sequence[IngestRow], *, run_id: str) -> str:
    """Commit ``entries`` (at least one) to ``table`` and return the commit's ``_seq``."""
    frame = pl.DataFrame([vars(entry) for entry in entries], schema=table.schema)
    return rows.append(table.name, frame, run_id=run_id, producer=PRODUCER)


def stored_rows(rows: RowStore, table: Table, *, after_seq: str) -> pl.DataFrame:
    """All rows of ``table`` from commits above ``after_seq``, oldest first, each once."""
    newer = rows.scan(table.name).filter(pl.col("_seq") > after_seq).collect()
    return newer.unique(["_seq", "_row"]).sort("_seq", "_row")


def row_of(kind: type[AnyIngestRow], fields: dict[str, Any]) -> AnyIngestRow:
    """The row that a stored record holds, without the columns that the store added.

    A column that is younger than the record is null there and has its default here.
    """
    names = kind.__dataclass_fields__
    known = {name: value for name, value in fields.items() if value is not None}
    return kind(**{name: value for name, value in known.items() if name in names})

"""The columns that every row about one source begins with.

The first one is the source's id; its name says of which medium the table is (``image_id``).
"""

from collections.abc import Mapping
from datetime import UTC, datetime

import polars as pl

IMAGE_ID = "image_id"
"""The id column of images; of another medium it is called otherwise."""

FILE = pl.Struct(
    {
        "role": pl.String(),
        "path": pl.String(),
        "sha256": pl.String(),
        "media_type": pl.String(),
        "size_bytes": pl.Int64(),
        "width_px": pl.Int64(),
        "height_px": pl.Int64(),
    }
)

ENVELOPE_COLUMNS: Mapping[str, pl.DataType] = {
    "outcome": pl.String(),
    "reason": pl.String(),
    "is_unfinished": pl.Boolean(),
    "warnings": pl.List(pl.String()),
    "fingerprint": pl.String(),
    "code_version": pl.String(),
    "engine": pl.String(),
    "engine_version": pl.String(),
    "parameters": pl.String(),
    "inputs": pl.String(),
    "seconds": pl.Float64(),
    "made_at": pl.Datetime("us", "UTC"),
    "files": pl.List(FILE),
}
"""The envelope without the source's id, which is called otherwise in each medium."""

ENVELOPE_DESCRIPTIONS = {
    "outcome": "ok, degraded, unsupported, rejected, failed or skipped.",
    "reason": "Why it is not ok, in words; null when it is.",
    "is_unfinished": "Whether a rerun may change the outcome.",
    "warnings": "What the decoder warned of.",
    "fingerprint": "SHA-256 of all that the result depends on; equal means up to date.",
    "code_version": "Version of the code that made it.",
    "engine": "Software that did the work.",
    "engine_version": "Its version, with those of the other decoders.",
    "parameters": "Constants of the recipe, JSON.",
    "inputs": "Upstream asset: fingerprint of the row that was read, JSON.",
    "seconds": "Wall clock of making it.",
    "made_at": "When it was made, UTC.",
    "files": "Files that were made; paths are relative to MEDIA_HOME.",
    "code_digest": "Digest of the code that made it; shows edits without a new code version.",
    "failure_class": "Why it failed for our reasons; the next try waits accordingly.",
}
"""The envelope's columns as the UI explains them."""

CODE_DIGEST = "code_digest"
"""The column that says which code made a derivative: see media_assets.execution.code_digest. Rows
of older versions of the program have none."""

FAILURE_CLASS = "failure_class"
"""The column that says why a result has failed: see resources.failure_classes. Null where it has
not, and in rows of older versions of the program."""

CHILDREN = "children"
"""The column in which a derivative names the sources that it made of its own: a list of structs."""

CHILD_FIELDS = frozenset({"source_id", "place"})
"""Fields that each of them has, beside others."""


def envelope(id_column: str = IMAGE_ID) -> dict[str, pl.DataType]:
    """The columns of a row about one source whose id is called ``id_column``, in order."""
    return {
        id_column: pl.String(),
        **ENVELOPE_COLUMNS,
        CODE_DIGEST: pl.String(),
        FAILURE_CLASS: pl.String(),
    }


def has_envelope(schema: Mapping[str, pl.DataType]) -> bool:
    """Whether rows of these columns are about one source each and hold its outcome."""
    return schema.keys() >= ENVELOPE_COLUMNS.keys()


def children_type(schema: Mapping[str, pl.DataType]) -> pl.DataType | None:
    """The type of the column ``children``, if rows of these columns name children in it."""
    dtype = schema.get(CHILDREN)
    inner = dtype.inner if isinstance(dtype, pl.List) else None
    names = {one.name for one in inner.fields} if isinstance(inner, pl.Struct) else set()
    return dtype if names >= CHILD_FIELDS else None


def asserted_envelope(engine: str, *, image_id: str, fingerprint: str) -> Mapping[str, object]:
    """The envelope of what nothing computes: people assert it, or it was found on a disk."""
    return {
        IMAGE_ID: image_id,
        "outcome": "ok",
        "reason": None,
        "is_unfinished": False,
        "warnings": [],
        "fingerprint": fingerprint,
        "code_version": "1",
        "engine": engine,
        "engine_version": "1",
        "parameters": "{}",
        "inputs": "{}",
        "seconds": 0.0,
        "made_at": datetime.now(UTC),
        "files": [],
    }

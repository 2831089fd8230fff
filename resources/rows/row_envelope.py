"""The columns that every row about one image begins with, whoever writes it."""

from collections.abc import Mapping
from datetime import UTC, datetime

import polars as pl

FILE = pl.Struct(
    {
        "role": pl.String,
        "path": pl.String,
        "sha256": pl.String,
        "media_type": pl.String,
        "size_bytes": pl.Int64,
        "width_px": pl.Int64,
        "height_px": pl.Int64,
    }
)

ENVELOPE: dict[str, pl.DataType | type[pl.DataType]] = {
    "image_id": pl.String,
    "outcome": pl.String,
    "reason": pl.String,
    "is_unfinished": pl.Boolean,
    "warnings": pl.List(pl.String),
    "fingerprint": pl.String,
    "code_version": pl.String,
    "engine": pl.String,
    "engine_version": pl.String,
    "parameters": pl.String,
    "inputs": pl.String,
    "seconds": pl.Float64,
    "made_at": pl.Datetime("us", "UTC"),
    "files": pl.List(FILE),
}

ENVELOPE_DESCRIPTIONS = {
    "image_id": "The source image.",
    "outcome": "ok, degraded, unsupported, rejected, failed or skipped.",
    "reason": "Why it is not ok, in words; null when it is.",
    "is_unfinished": "Whether a rerun may change the outcome.",
    "warnings": "What the decoder complained of.",
    "fingerprint": "SHA-256 of all that the result depends on; equal means up to date.",
    "code_version": "Version of the code that made it.",
    "engine": "Software that did the work.",
    "engine_version": "Its version, with those of the other decoders.",
    "parameters": "Constants of the recipe, JSON.",
    "inputs": "Upstream asset: fingerprint of the row that was read, JSON.",
    "seconds": "Wall clock of making it.",
    "made_at": "When it was made, UTC.",
    "files": "Files that were made; paths are relative to MEDIA_HOME.",
}
"""The envelope's columns as the UI explains them."""


def told_by(engine: str, *, image_id: str, fingerprint: str) -> Mapping[str, object]:
    """The envelope of what is not computed but told: by people, or by what was found on a disk."""
    return {
        "image_id": image_id,
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

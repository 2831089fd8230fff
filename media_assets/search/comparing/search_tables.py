"""Row tables of what is found over all images together: duplicates and clusters.

Like any row they are appended and never changed: an image that leaves its group gets a row without
one. They can be computed again at any time; their history says when an image joined which group.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from resources.rows.row_store import RowStore

DUPLICATES = "search/duplicates"
SIMILAR_PAIRS = "search/similar_pairs"
PIXEL_DIGESTS = "search/pixel_digests"
CLUSTERS = "search/clusters"

KEYS = {
    DUPLICATES: ("image_id", "tier"),
    SIMILAR_PAIRS: ("image_id", "other_image_id"),
    PIXEL_DIGESTS: ("image_id",),
    CLUSTERS: ("image_id",),
}

SCHEMAS = {
    DUPLICATES: pl.Schema(
        {
            "image_id": pl.String(),
            "tier": pl.String(),
            "group_id": pl.String(),
            "place": pl.Int64(),
            "why": pl.String(),
        }
    ),
    SIMILAR_PAIRS: pl.Schema(
        {
            "image_id": pl.String(),
            "other_image_id": pl.String(),
            "hash_distance": pl.Int64(),
            "difference": pl.Float64(),
            "worst_difference": pl.Float64(),
            "cosine": pl.Float64(),
            "is_same_picture": pl.Boolean(),
            "evidence": pl.String(),
        }
    ),
    PIXEL_DIGESTS: pl.Schema(
        {"image_id": pl.String(), "digest": pl.String(), "reason": pl.String()}
    ),
    CLUSTERS: pl.Schema(
        {
            "image_id": pl.String(),
            "cluster_id": pl.String(),
            "label": pl.String(),
            "similarity": pl.Float64(),
            "space": pl.String(),
        }
    ),
}


def declare_search_tables(store: RowStore) -> None:
    """Make the tables exist. Harmless when repeated."""
    for table, schema in SCHEMAS.items():
        store.declare(table, schema, KEYS[table])


def append_rows(
    store: RowStore, table: str, rows: Sequence[Mapping[str, Any]], *, run_id: str
) -> None:
    """Commit ``rows``, if there are any."""
    if rows:
        frame = pl.DataFrame(rows, schema=SCHEMAS[table])
        store.append(table, frame, run_id=run_id, producer={"made_by": table})


def changed_rows(
    wanted: Sequence[Mapping[str, Any]], known: Sequence[Mapping[str, Any]], table: str
) -> list[dict[str, Any]]:
    """The rows of ``wanted`` that differ from the known ones, and an empty row for each key gone.

    Of a row without a group only the key is set.
    """
    key = KEYS[table]
    names = list(SCHEMAS[table])
    before = {tuple(row[name] for name in key): row for row in known}
    now = {tuple(row[name] for name in key): row for row in wanted}
    fresh = [
        dict(row)
        for at, row in now.items()
        if at not in before or any(row[name] != before[at][name] for name in names)
    ]
    is_set = [name for name in names if name not in key]
    gone = [
        {**dict.fromkeys(names), **dict(zip(key, at, strict=True))}
        for at, row in before.items()
        if at not in now and any(row[name] is not None for name in is_set)
    ]
    return [*fresh, *gone]

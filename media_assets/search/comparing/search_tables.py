"""Row tables of what is found over all images together: duplicates and clusters.

Like any row they are appended and never changed: an image that leaves its group gets a row without
one. They can be computed again at any time; their history says when an image joined which group.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from resources.rows.row_store import RowStore
from resources.rows.table import Table

DUPLICATES = Table(
    "search/duplicates",
    pl.Schema(
        {
            "image_id": pl.String(),
            "tier": pl.String(),
            "group_id": pl.String(),
            "place": pl.Int64(),
            "why": pl.String(),
        }
    ),
    ("image_id", "tier"),
    "Images with the same pixels or the same look as another one, each with its group.",
)
SIMILAR_PAIRS = Table(
    "search/similar_pairs",
    pl.Schema(
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
    ("image_id", "other_image_id"),
    "Pairs of images that were compared, and how much they differ.",
)
PIXEL_DIGESTS = Table(
    "search/pixel_digests",
    pl.Schema(
        {
            "image_id": pl.String(),
            "digest": pl.String(),
            "reason": pl.String(),
        }
    ),
    ("image_id",),
    "Digests of decoded pixels, of images that may have a twin.",
)
CLUSTERS = Table(
    "search/clusters",
    pl.Schema(
        {
            "image_id": pl.String(),
            "cluster_id": pl.String(),
            "label": pl.String(),
            "similarity": pl.Float64(),
            "space": pl.String(),
        }
    ),
    ("image_id",),
    "The cluster that each image belongs to by its embedding.",
)


def append_rows(
    store: RowStore, table: Table, rows: Sequence[Mapping[str, Any]], *, run_id: str
) -> None:
    """Commit ``rows``, if there are any."""
    if rows:
        frame = pl.DataFrame(rows, schema=table.schema)
        store.append(table.name, frame, run_id=run_id, producer={"made_by": table.name})


def changed_rows(
    wanted: Sequence[Mapping[str, Any]], known: Sequence[Mapping[str, Any]], table: Table
) -> list[dict[str, Any]]:
    """The rows of ``wanted`` that differ from the known ones, and an empty row for each key gone.

    Of a row without a group only the key is set.
    """
    key = table.key
    names = list(table.schema)
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

"""Has the children accepted that new rows name, before the rows are committed.

The order makes every crash harmless: the children's bytes are kept first (by the pure function),
then they are accepted, then the row that names them is written. A process killed in between has
left children that the next run finds again, byte for byte, or replaces.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from media_assets.execution.derivative_rows import Row
from resources.configuration.media_home import MediaHome
from resources.rows.row_store import RowStore
from resources.sources.acceptance import Arrival, accept

CHILDREN = "children"
"""The payload field that names them."""


def accept_children(home: MediaHome, store: RowStore, rows: Iterable[tuple[Row, Row]]) -> None:
    """Accept every child that a new row names, and write its id into that row.

    ``rows`` are pairs: the original's row of the parent, the new row of its derivative. Children
    belong to the batch of their parent.
    """
    batches: dict[tuple[str, str], list[tuple[str, dict[str, Any]]]] = defaultdict(list)
    for original, row in rows:
        for child in row.get(CHILDREN) or ():
            batches[original["root"], original["batch"]].append((original["image_id"], child))
    for (root, batch), found in batches.items():
        arrivals = [arrival(parent_id, child) for parent_id, child in found]
        accepted = accept(home, store, arrivals, root=root, batch=batch, now=datetime.now(UTC))
        for (_, child), source in zip(found, accepted, strict=True):
            child["source_id"] = source.source_id


def arrival(parent_id: str, child: Mapping[str, Any]) -> Arrival:
    """A child as it asks to be accepted; its bytes are in ``originals`` already."""
    return Arrival(
        sha256=child["sha256"],
        size_bytes=child["size_bytes"],
        name=child["name"].encode(),
        mode="move",
        path=child["path"].encode(),
        medium=child["medium"],
        parent_id=parent_id,
        place=child["place"],
    )

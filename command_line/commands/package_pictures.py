"""The pictures of a selection, one by one, as they go into archive packages."""

import json
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from command_line.queries.tables import Tables
from media_assets.exports.records import record_query
from media_assets.packages.package_contents import Packing, descriptions
from media_assets.packages.packed_rows import PackedRows, packed_rows
from resources.preservation.packages.bag_writing import PayloadFile
from resources.preservation.packages.row_lines import InexactRow
from resources.rows.row_store import RowStore
from resources.warehouse.result_frames import frame_of
from resources.warehouse.text_forms import write_ndjson

AT_ONCE = 200
"""Pictures whose rows are in memory."""

Picture = tuple[str, str, list[PayloadFile]]
"""Image id, id of its newest commit, payload."""


def packed_pictures(
    tables: Tables, image_ids: Sequence[str], chosen: Sequence[str], problems: list[str]
) -> Iterator[Picture]:
    """The payload of each picture; a picture that cannot be packed becomes one of ``problems``."""
    store = RowStore(tables.home.rows)
    packing = Packing(tables.home.root, store, chosen)
    waiting = iter(image_ids)
    while some := list(islice(waiting, AT_ONCE)):
        records = exported_records(tables, some)
        said = descriptions(store, some)
        for rows in packed_rows(store, some):
            try:
                refuse_child(rows)
                payload = packing.contents(rows, records[rows.image_id], said[rows.image_id])
                yield rows.image_id, rows.newest_commit, payload
            except (Unpackable, InexactRow) as error:
                problems.append(f"{rows.image_id} is not packed: {error}")


class Unpackable(ValueError):
    """A picture that no package can hold."""


def refuse_child(rows: PackedRows) -> None:
    """Raise Unpackable for a picture that came out of another source: alone it means nothing."""
    parent = rows.original["parent_id"]
    if parent is not None:
        raise Unpackable(f"it was made of {parent}, and only pictures that landed are packed")


def exported_records(tables: Tables, image_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Image id -> its record as ``media export`` writes it."""
    chosen = "images.image_id in (select unnest(?::varchar[]))"
    query = record_query(chosen, with_embedding=False)
    text = write_ndjson(frame_of(tables.own_query(query, [list(image_ids)])))
    records = map(json.loads, text.removesuffix("\n").split("\n"))
    return {record["image_id"]: record for record in records}

"""The payload of a picture's archive package: files, documents, and the rows to restore it from."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec
import polars as pl

from media_assets.execution.derivative_rows import Row
from media_assets.execution.versions import chosen_rows
from media_assets.images.catalogue_record import catalogue_record
from media_assets.media import image_recipes
from media_assets.packages.packed_files import packed_files
from media_assets.packages.packed_history import media_type, premis_of
from media_assets.packages.packed_rows import PackedRows, packed_tables
from resources.preservation.packages.bag_writing import PayloadFile, document
from resources.preservation.packages.dublin_core import dublin_core_xml
from resources.preservation.packages.package_places import ROWS
from resources.preservation.packages.row_lines import RowLines
from resources.rows.row_envelope import ENVELOPE_COLUMNS, IMAGE_ID
from resources.rows.row_store import RowStore

STORE_COLUMNS = {"_seq", "_row", "_run_id"}


@dataclass(frozen=True)
class Packing:
    """Packs pictures of one home; ``chosen`` are the derivatives whose files are packed."""

    home: Path
    store: RowStore
    chosen: Collection[str]

    @cached_property
    def forms(self) -> RowLines:
        """How rows are written."""
        there = set(self.store.tables())
        names = [table.name for table in packed_tables() if table.name in there]
        return RowLines({name: self.store.declaration(name).full_schema for name in names})

    def contents(
        self, rows: PackedRows, record: Mapping[str, Any], said: Sequence[Mapping[str, Any]]
    ) -> list[PayloadFile]:
        """Everything below ``data/`` of one picture.

        ``record`` is what the export says of it, ``said`` what models say. Raises InexactRow.
        """
        files = packed_files(self.home, rows, self.chosen)
        documents = {
            "metadata.json": as_json({"record": record, "derivatives": newest_rows(rows)}),
            "descriptions.json": as_json(said),
            "dublin_core.xml": dublin_core(rows),
            "premis.xml": premis_of(rows, files),
            ROWS: row_lines(self.forms, rows),
        }
        made = (document(f"{rows.image_id}/{name}", one) for name, one in documents.items())
        return [*files, *made]


def newest_rows(rows: PackedRows) -> dict[str, Row]:
    """The newest row of each derivative, without vectors, which are in the rows."""
    found = {asset: rows.newest(recipe.table) for asset, recipe in image_recipes().items()}
    return {
        asset: without_vectors(row, rows.tables[image_recipes()[asset].table].schema)
        for asset, row in found.items()
        if row is not None
    }


def without_vectors(row: Row, schema: pl.Schema) -> Row:
    """The row without its lists of numbers."""
    numbers = {pl.List(pl.Float32()), pl.List(pl.Float64())}
    return {name: value for name, value in row.items() if schema[name] not in numbers}


def descriptions(store: RowStore, image_ids: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    """What models said of pictures, in the version that counts, and which model said it how."""
    tables = {name: one.table for name, one in image_recipes().items() if one.needs_model}
    found: dict[str, list[dict[str, Any]]] = {one: [] for one in image_ids}
    for asset, rows in chosen_rows(store, tables, image_ids).items():
        schema = store.declaration(tables[asset]).full_schema
        for image_id, row in rows.items():
            found[image_id].append(spoken(asset, without_vectors(row, schema)))
    return found


def spoken(asset: str, row: Row) -> dict[str, Any]:
    """One text or set of tags, apart from how it came about."""
    made = {name: row[name] for name in ("engine", "engine_version", "code_version", "made_at")}
    parameters = json.loads(row["parameters"] or "{}")
    inner = {*ENVELOPE_COLUMNS, *STORE_COLUMNS, IMAGE_ID, "code_digest"}
    said = {name: value for name, value in row.items() if name not in inner}
    return {
        "asset": asset,
        "said": said,
        "made_by": {**made, "parameters": parameters, "fingerprint": row["fingerprint"]},
        "inputs": json.loads(row["inputs"] or "{}"),
    }


def dublin_core(rows: PackedRows) -> bytes:
    """The catalogue record in Dublin Core."""
    record = rows.newest(catalogue_record.table) or {}
    identifiers = [rows.image_id, f"urn:sha256:{rows.original['sha256']}"]
    return dublin_core_xml(record, identifiers=identifiers, media_type=media_type(rows))


def row_lines(forms: RowLines, rows: PackedRows) -> bytes:
    """Every row, one per line."""
    lines = [line for name, some in rows.tables.items() for line in forms.write(name, some)]
    return b"\n".join([*lines, b""])


def as_json(value: object) -> bytes:
    """JSON for people too: indented, keys in order."""
    plain = msgspec.to_builtins(value)
    text = json.dumps(plain, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)
    return (text + "\n").encode()

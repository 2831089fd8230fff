"""One materialization event per source: the row's outcome, files and scalars, safe to show.

Text from files and decoders is untrusted: it goes into plain-text metadata only, shortened, with
control characters escaped; never into Markdown. The one Markdown here is a preview of pixels that
this project encoded itself.
"""

import base64
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import dagster as dg

from media_assets.execution.derivative_rows import Row
from resources.decoding.renditions import preview_jpeg
from resources.display_text import plain_text
from resources.rows.row_envelope import ENVELOPE_COLUMNS

LONGEST_TEXT = 300
"""Characters of one metadata text: events are stored forever, rows have the whole."""

PREVIEWED_ROLE = "small"
"""A file that an asset makes under this name, a JPEG of at most some hundred px, is shown in the
UI. Measured: 2 KB more per source, beside 25 KB for its other events."""


def materialization(asset_key: dg.AssetKey, row: Row, home: Path) -> dg.AssetMaterialization:
    """The event for one source. Its data version is the row's fingerprint.

    ``home`` is MEDIA_HOME, which the paths of the row's files are relative to.
    """
    id_column = f"{asset_key.path[0]}_id"
    values = {name: value for name, value in row.items() if name != id_column}
    return dg.AssetMaterialization(
        asset_key,
        partition=row[id_column],
        metadata=dict([*event_metadata(values), *preview(row["files"], home)]),
        tags={"dagster/data_version": row["fingerprint"], "media/outcome": row["outcome"]},
    )


def event_metadata(row: Row) -> Iterator[tuple[str, dg.MetadataValue]]:
    """Outcome first, then what was made, each value in its own type."""
    yield "outcome", dg.MetadataValue.text(row["outcome"])
    if row["reason"]:
        yield "reason", dg.MetadataValue.text(shortened(row["reason"]))
    if row["warnings"]:
        yield "warnings", dg.MetadataValue.text(shortened("; ".join(row["warnings"])))
    yield "engine", dg.MetadataValue.text(f"{row['engine']} {row['engine_version']}")
    yield "seconds", dg.MetadataValue.float(round(row["seconds"], 4))
    for file in row["files"]:
        size = f", {file['width_px']} x {file['height_px']} px" if file["width_px"] else ""
        text = f"{file['path']} ({file['size_bytes']:,} bytes{size})"
        yield f"file_{file['role']}", dg.MetadataValue.text(text)
    for name, value in row.items():
        if name not in ENVELOPE_COLUMNS and not name.startswith("_"):
            yield from scalar(name, value)


def preview(files: list[Mapping[str, Any]], home: Path) -> Iterator[tuple[str, dg.MetadataValue]]:
    """The file of role PREVIEWED_ROLE as a picture; plain text instead when it cannot be read."""
    for file in files:
        if file["role"] == PREVIEWED_ROLE:
            try:
                content = preview_jpeg(home / file["path"])
            except OSError as error:
                yield "preview", dg.MetadataValue.text(shortened(f"none: {error}"))
            else:
                encoded = base64.b64encode(content).decode("ascii")
                yield "preview", dg.MetadataValue.md(f"![](data:image/jpeg;base64,{encoded})")


def scalar(name: str, value: object) -> Iterator[tuple[str, dg.MetadataValue]]:
    """A payload column as metadata, if it is a plain value."""
    if isinstance(value, bool):
        yield name, dg.MetadataValue.bool(value)
    elif isinstance(value, int):
        yield name, dg.MetadataValue.int(value)
    elif isinstance(value, float):
        yield name, dg.MetadataValue.float(value)
    elif isinstance(value, str):
        yield name, dg.MetadataValue.text(shortened(value))


def shortened(text: str) -> str:
    """``text`` as the UI may show it."""
    return plain_text(text, longest=LONGEST_TEXT)

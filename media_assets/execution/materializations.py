"""One materialization event per source: the row's outcome and what was found, safe to show.

Events are for browsing Dagster's UI, and are kept by the million. They have the outcome and why
(the list of an asset's events shows them), the preview of a picture, texts that were read or
written (300 characters of each), and the data version, by which Dagster knows what is stale. Files,
sizes, measures, engine and seconds are in the rows: ``media show``, ``media sql``.

Text from files and decoders is untrusted: it goes into plain-text metadata only, shortened, with
control characters escaped; never into Markdown. The one Markdown here is the address of a preview,
in which an id of ours is all that varies.
"""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

import dagster as dg

from media_assets.execution.derivative_rows import Row
from resources.display_text import plain_text
from resources.rows.row_envelope import envelope

LONGEST_TEXT = 300
"""Characters of one metadata text: events are kept long, rows have the whole."""

ENVELOPE = envelope().keys()

PREVIEWED_ROLE = "medium"
PREVIEW_PATH = "/preview/"
"""An asset that makes a file of this role, a thumbnail of 256 px, has it shown in the UI. The event
holds its address only: the web server reads the file (web.guard.previews)."""


SAME = "made again, with the same result as before"


def materialization(
    asset_key: dg.AssetKey, row: Row, *, is_same: bool = False
) -> dg.AssetMaterialization:
    """The event for one source. Its data version is the row's fingerprint.

    ``is_same`` notes that the version before this one says the same.
    """
    id_column = f"{asset_key.path[0]}_id"
    values = {name: value for name, value in row.items() if name != id_column}
    return dg.AssetMaterialization(
        asset_key,
        partition=row[id_column],
        metadata={
            **dict([*event_metadata(values), *preview(row[id_column], row["files"])]),
            **({"again": dg.MetadataValue.text(SAME)} if is_same else {}),
        },
        tags={"dagster/data_version": row["fingerprint"], "media/outcome": row["outcome"]},
    )


def event_metadata(row: Row) -> Iterator[tuple[str, dg.MetadataValue]]:
    """Outcome first, then the texts of the payload."""
    yield "outcome", dg.MetadataValue.text(row["outcome"])
    if row["reason"]:
        yield "reason", dg.MetadataValue.text(shortened(row["reason"]))
    if row["warnings"]:
        yield "warnings", dg.MetadataValue.text(shortened("; ".join(row["warnings"])))
    for name, value in row.items():
        is_payload = name not in ENVELOPE and not name.startswith("_")
        if is_payload and isinstance(value, str) and value:
            yield name, dg.MetadataValue.text(shortened(value))


def preview(
    source_id: str, files: list[Mapping[str, Any]]
) -> Iterator[tuple[str, dg.MetadataValue]]:
    """Where the web server shows the file of role PREVIEWED_ROLE, if there is one."""
    if any(file["role"] == PREVIEWED_ROLE for file in files):
        yield "preview", dg.MetadataValue.md(f"![]({PREVIEW_PATH}{quote(source_id)})")


def shortened(text: str) -> str:
    """``text`` as the UI may show it."""
    return plain_text(text, longest=LONGEST_TEXT)

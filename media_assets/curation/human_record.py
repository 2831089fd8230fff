"""Human records: what people say of an image, above every sidecar, file and model.

Each edit appends one row that holds everything people have set so far, so that the newest row is
the whole of it and the older ones are its history. A deletion is kept as such: it says "nothing
here", which is not the same as never having been asked, so no model fills the field again. The row
has the envelope of a derivative: it is an input of the catalogue record like any asset.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

import polars as pl
from filelock import FileLock

from media_assets.execution.derivative_rows import Row, adapter, payload_of_row, payload_schema
from media_assets.execution.recipe import canonical_json
from resources.configuration.media_home import MediaHome
from resources.rows.row_envelope import asserted_envelope
from resources.rows.row_store import RowStore
from resources.rows.table import Table

Utc = Annotated[datetime, pl.Datetime("us", "UTC")]


@dataclass(frozen=True)
class HumanField:
    """One field as a person left it: its values, or none when the person removed it."""

    name: str
    values: list[str]
    is_deleted: bool
    edited_by: str
    edited_at: Utc
    note: str | None


@dataclass(frozen=True)
class HumanRecord:
    """All fields that people have set; `changed_fields` are those of this edit, by `edited_by`."""

    fields: list[HumanField]
    changed_fields: list[str]
    edited_by: str
    note: str | None


@dataclass(frozen=True)
class Edit:
    """What one person changes at once: fields with their new values, None for a deletion."""

    changes: Mapping[str, Sequence[str] | None]
    edited_by: str
    note: str | None = None


HUMAN_RECORD = Table(
    "curation/human_record",
    payload_schema(HumanRecord),
    ("image_id",),
    "What people say of images, and what they removed: one row per edit, which holds all that was "
    "said by then. Written by media edit; never overwritten.",
)


def edit_record(home: MediaHome, image_id: str, edit: Edit) -> str:
    """Append the image's human record with this edit in it; return the new version's name.

    One edit at a time per MEDIA_HOME, so that two people who change different fields both prevail.
    The row is one commit: a killed edit has happened or not.
    """
    store = RowStore(home.rows)
    store.declare(HUMAN_RECORD)
    with FileLock(home.locks / "curation.lock"):
        record = edited(current_record(store, image_id), edit, datetime.now(UTC))
        frame = pl.DataFrame([record_row(image_id, record)], schema=HUMAN_RECORD.schema)
        seq = store.append(HUMAN_RECORD.name, frame, run_id="edit", producer={"made_by": "human"})
    return f"{seq}-0"


def current_record(store: RowStore, image_id: str) -> HumanRecord | None:
    """What people have said of the image so far."""
    for row in store.current(HUMAN_RECORD.name, [image_id]).iter_rows(named=True):
        record = payload_of_row(HumanRecord, row)
        if isinstance(record, HumanRecord):
            return record
    return None


def edited(record: HumanRecord | None, edit: Edit, now: datetime) -> HumanRecord:
    """The record with this edit in it; fields that it does not name stay as they are."""
    fields = {field.name: field for field in record.fields} if record else {}
    for name, values in edit.changes.items():
        fields[name] = HumanField(
            name, list(values or []), values is None, edit.edited_by, now, edit.note
        )
    return HumanRecord(list(fields.values()), list(edit.changes), edit.edited_by, edit.note)


def record_row(image_id: str, record: HumanRecord) -> Row:
    """The record as a row. Its fingerprint depends on what it says, not on who said it."""
    said = sorted((field.name, field.values, field.is_deleted) for field in record.fields)
    fingerprint = hashlib.sha256(canonical_json(said).encode()).hexdigest()
    return {
        **asserted_envelope("human", image_id=image_id, fingerprint=fingerprint),
        **adapter(HumanRecord).dump_python(record),
    }

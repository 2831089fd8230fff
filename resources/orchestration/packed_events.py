"""Dagster's events in a fifth of their space: the column ``event`` may hold packed text.

An event is 0.8 to 2 KB of JSON of which its source, its time and its data version are new: the rest
says what all events say. Compressed with a dictionary of that rest it takes 0.1 to 0.3 KB.

- Plain events, of older versions and of stock Dagster, are read as they are. The other way round
  stock Dagster, and older versions of this program, cannot read a home that this one wrote to.
- Dagster reads the column in thirty places, so its *type* unpacks: the column of Dagster's own
  table gets ``EventText``. Stock storages read packed events too, once this module is imported.
- DICTIONARY is part of the format: never change it; add a second one under another mark.

Uses internals of dagster 1.13: ``SqlEventLogStorageTable`` and how its events look.
"""

import base64
import zlib

from dagster._core.storage.event_log.schema import SqlEventLogStorageTable
from sqlalchemy import Dialect, Text
from sqlalchemy.types import TypeDecorator

MARK = b"v1 "
"""What is packed begins so, then comes raw deflate with DICTIONARY."""

LETTERS = base64.b64encode(MARK).decode("ascii")
"""MARK in base64: three bytes, and so whole letters. No JSON document begins so."""

WINDOW_BITS = -13
"""8 KB, which dictionary and event fit in; no header."""

DICTIONARY = (
    b'{"__class__": "EventLogEntry", "dagster_event": {"__class__": "DagsterEvent", '
    b'"event_specific_data": {"__class__": "AssetMaterializationPlannedData", "asset_key": '
    b'{"__class__": "AssetKey", "path": ["image", ""]}, "partition": "-", '
    b'"partitions_subset": null}, "event_type_value": "ASSET_MATERIALIZATION_PLANNED", '
    b'"logging_tags": {}, "message": "process intends to materialize asset [\\"image\\", \\"\\"]", '
    b'"pid": null, "pipeline_name": "process", "solid_handle": null, "step_handle": null, '
    b'"step_key": "image__", "step_kind_value": null}, "error_info": null, "level": 10, '
    b'"message": "", "pipeline_name": "process", "run_id": "", "step_key": "image__", '
    b'"timestamp": 17, "user_message": ""}'
    b'{"__class__": "EventLogEntry", "dagster_event": {"__class__": "DagsterEvent", '
    b'"event_specific_data": {"__class__": "StepMaterializationData", "asset_lineage": [], '
    b'"materialization": {"__class__": "AssetMaterialization", "asset_key": {"__class__": '
    b'"AssetKey", "path": ["image", ""]}, "description": null, "metadata_entries": ['
    b'{"__class__": "EventMetadataEntry", "description": null, "entry_data": {"__class__": '
    b'"FloatMetadataEntryData", "value": 0.}, "label": ""}, {"__class__": "EventMetadataEntry", '
    b'"description": null, "entry_data": {"__class__": "IntMetadataEntryData", "value": 1}, '
    b'"label": ""}, {"__class__": "EventMetadataEntry", "description": null, "entry_data": '
    b'{"__class__": "MarkdownMetadataEntryData", "md_str": "![](data:image/jpeg;base64,/9j/4AAQS'
    b'kZJRgABAQAAAQABAAD/2wBDA"}, "label": "preview"}, {"__class__": "EventMetadataEntry", '
    b'"description": null, "entry_data": {"__class__": "TextMetadataEntryData", "text": ""}, '
    b'"label": "warnings"}, {"__class__": "EventMetadataEntry", "description": null, "entry_data": '
    b'{"__class__": "TextMetadataEntryData", "text": "rejected"}, "label": "reason"}, '
    b'{"__class__": "EventMetadataEntry", "description": null, "entry_data": {"__class__": '
    b'"TextMetadataEntryData", "text": "ok"}, "label": "outcome"}], "partition": "-", "tags": '
    b'{"dagster/data_version": "", "media/outcome": "ok"}}}, "event_type_value": '
    b'"ASSET_MATERIALIZATION", "logging_tags": {"job_name": "process", "op_name": "image__", '
    b'"resource_fn_name": "None", "resource_name": "None", "run_id": "", "step_key": "image__"}, '
    b'"message": "Materialized value image .", "pid": 1, "pipeline_name": "process", '
    b'"solid_handle": {"__class__": "SolidHandle", "name": "image__", "parent": null}, '
    b'"step_handle": {"__class__": "StepHandle", "key": "image__", "solid_handle": {"__class__": '
    b'"SolidHandle", "name": "image__", "parent": null}}, "step_key": "image__", '
    b'"step_kind_value": "COMPUTE"}, "error_info": null, "level": 10, "message": "", '
    b'"pipeline_name": "process", "run_id": "", "step_key": "image__", "timestamp": 17, '
    b'"user_message": "Materialized value image ."}'
)


def pack(text: str) -> bytes:
    """``text`` in little space."""
    deflate = zlib.compressobj(wbits=WINDOW_BITS, memLevel=5, zdict=DICTIONARY)
    return MARK + deflate.compress(text.encode()) + deflate.flush()


def unpack(packed: bytes) -> str:
    """What was packed. Raises zlib.error when it is damaged or not whole."""
    inflate = zlib.decompressobj(wbits=WINDOW_BITS, zdict=DICTIONARY)
    text = inflate.decompress(packed.removeprefix(MARK))
    if not inflate.eof:
        raise zlib.error("a packed event in Dagster's storage is not whole")
    return text.decode()


class EventText(TypeDecorator[str | bytes]):
    """Text, or packed text as bytes, which is read as text.

    PostgreSQL's column takes no bytes: there they are in base64, which begins with LETTERS.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | bytes | None, dialect: Dialect) -> str | bytes | None:
        """What the database gets."""
        if isinstance(value, bytes) and dialect.name != "sqlite":
            return base64.b64encode(value).decode("ascii")
        return value

    def process_result_value(self, value: str | bytes | None, _dialect: Dialect) -> str | None:
        """What Dagster gets."""
        if isinstance(value, bytes):
            return unpack(value)
        if value and value.startswith(LETTERS):
            return unpack(base64.b64decode(value))
        return value


SqlEventLogStorageTable.c.event.type = EventText()

"""Columns that tell one medium from another, shown to people only where there are several.

Machines get ``medium`` and ``source_id`` always, and ``image_id``, which is null for other media.
"""

from collections.abc import Sequence

from command_line.queries.tables import Record


def without_media(records: Sequence[Record]) -> list[Record]:
    """The records by ``image_id`` if all are of images, else by ``medium`` and ``source_id``."""
    are_images = all(record["medium"] == "image" for record in records)
    hidden = {"medium", "source_id"} if are_images else {"image_id"}
    return [without(record, hidden) for record in records]


def without_sources(records: Sequence[Record]) -> list[Record]:
    """The records without their count of ``sources`` if it is everywhere that of ``images``."""
    are_images = all(record["images"] == record["sources"] for record in records)
    return [without(record, {"sources"}) for record in records] if are_images else list(records)


def without(record: Record, names: set[str]) -> Record:
    """The record without these columns."""
    return {name: value for name, value in record.items() if name not in names}

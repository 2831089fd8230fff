"""Columns that distinguish media, shown to people only where there are several.

Machines get ``medium`` and ``source_id`` always, and ``image_id``, which is null for other media.
"""

from collections.abc import Sequence

from command_line.queries.tables import Record

IMAGE_MEDIUM = "image"


def without_media(records: Sequence[Record]) -> list[Record]:
    """The records by ``image_id`` if all are of images, else by ``medium`` and ``source_id``.

    In the latter case empty columns are left out, too, to save room.
    """
    if all(record["medium"] == IMAGE_MEDIUM for record in records):
        return [without(record, {"medium", "source_id"}) for record in records]
    empty = {name for name in records[0] if all(record[name] is None for record in records)}
    return [without(record, {"image_id", *empty}) for record in records]


def without_sources(records: Sequence[Record]) -> list[Record]:
    """The records without their count of ``sources`` if it is everywhere that of ``images``."""
    are_images = all(record["images"] == record["sources"] for record in records)
    return [without(record, {"sources"}) for record in records] if are_images else list(records)


def without(record: Record, names: set[str]) -> Record:
    """The record without these columns."""
    return {name: value for name, value in record.items() if name not in names}

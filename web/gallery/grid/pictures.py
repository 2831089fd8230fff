"""What a tile shows of its picture, read for the few that are shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import numpy as np
import numpy.typing as npt

from resources.display_text import plain_text
from resources.warehouse.published_file import PublishedFile

NO_THUMBNAIL = "/gallery/static/no_thumbnail.svg"
RENDITIONS = "/gallery/renditions"
LONGEST_ALT = 250
"""Characters; what is read aloud for one tile."""

COLUMNS = """
    images.image_id, images.file_name, images.outcome, images.reason, images.batch,
    images.format, images.width_px, images.height_px, images.size_bytes, images.taken_at_text,
    images.landed_at, images.title, images.thumbnail_small_path, images.thumbnail_medium_path,
    images.thumbnail_large_path, images.viewing_copy_path
"""
OF_ROWS = f"""
select rowid as row, {COLUMNS}
from images
where rowid in (select unnest(?::bigint[]))
"""  # noqa: S608 - names of ours
OF_IDS = f"""
select rowid as row, {COLUMNS}
from images
where rowid in (select rowid from images where image_id in (select unnest(?::varchar[])))
"""  # noqa: S608 - names of ours
WORDS = """
select image_id, caption, left(ocr_text, 200) as ocr_text
from search_documents
where rowid in (select unnest(?::bigint[]))
"""
DOCUMENT_ROWS = """
select images.rowid as image, documents.rowid as document
from images
join search_documents as documents using (image_id)
"""
ROW_OF = "select rowid from images where image_id = ?"
ID_OF = "select image_id from images where rowid = ?"


@dataclass(frozen=True)
class Picture:
    """One picture as a tile shows it; texts may hold anything and are escaped by the template."""

    image_id: str
    file_name: str
    alt: str
    thumbnail: str | None
    small_thumbnail: str | None
    outcome: str
    reason: str | None
    batch: str | None
    width_px: int | None
    height_px: int | None

    @property
    def source(self) -> str:
        """The address of the picture for a tile."""
        return self.thumbnail or NO_THUMBNAIL


def pictures_of_rows(published: PublishedFile, rows: Sequence[int]) -> list[Picture]:
    """The pictures with these row numbers, in this order."""
    found = published.records(OF_ROWS, [list(rows)]) if rows else []
    by_row = {record["row"]: record for record in found}
    return with_words(published, [by_row[row] for row in rows])


def pictures_of_ids(published: PublishedFile, image_ids: Sequence[str]) -> list[Picture]:
    """Those of these pictures that are there, in this order."""
    found = published.records(OF_IDS, [list(image_ids)])
    by_id = {record["image_id"]: record for record in found}
    return with_words(published, [by_id[one] for one in image_ids if one in by_id])


def with_words(published: PublishedFile, records: Sequence[dict[str, Any]]) -> list[Picture]:
    """The pictures with their captions and texts as alternative text."""
    documents = published.remembered(document_rows)
    numbers = [int(documents[row]) for record in records if (row := record["row"]) < len(documents)]
    found = published.records(WORDS, [numbers]) if numbers else []
    words = {one["image_id"]: one for one in found}
    return [picture_of(record, words.get(record["image_id"], {})) for record in records]


def document_rows(published: PublishedFile) -> npt.NDArray[np.int64]:
    """Row number of a picture -> that of its document, -1 for none.

    Ids are compared once per file: for a million pictures that takes longer than a block may.
    """
    found = published.arrays(DOCUMENT_ROWS)
    images, documents = found["image"], found["document"]
    rows = np.full(int(images.max(initial=-1)) + 1, -1, np.int64)
    rows[images] = documents
    return rows


def picture_of(record: dict[str, Any], words: dict[str, Any]) -> Picture:
    """The picture of one row."""
    thumbnail = record["thumbnail_large_path"] or record["thumbnail_medium_path"]
    return Picture(
        record["image_id"],
        plain_text(record["file_name"]),
        alternative_text(record, words),
        rendition_address(thumbnail),
        rendition_address(record["thumbnail_medium_path"]),
        record["outcome"],
        record["reason"],
        record["batch"],
        record["width_px"],
        record["height_px"],
    )


def alternative_text(record: dict[str, Any], words: dict[str, Any]) -> str:
    """What to say instead of the picture: its caption or title, the text in it, its file name."""
    said = record["title"] or words.get("caption")
    read = f"Text in it: {words['ocr_text']}" if words.get("ocr_text") else None
    told = [said, read] if said or read else [record["file_name"]]
    return plain_text(" ".join(" ".join(filter(None, told)).split()), longest=LONGEST_ALT)


def rendition_address(path: str | None) -> str | None:
    """Where a derivative is served, by its content hash."""
    return f"{RENDITIONS}/{PurePosixPath(path).stem}" if path else None


def row_of(published: PublishedFile, image_id: str) -> int | None:
    """The row number of a picture, None when there is no such one."""
    found = published.rows(ROW_OF, [image_id]).rows
    return int(found[0][0]) if found else None


def id_of(published: PublishedFile, row: int) -> str:
    """The id of the picture with this row number."""
    ((image_id,),) = published.rows(ID_OF, [row]).rows
    return str(image_id)

"""Search in media.duckdb itself: exact names, and vectors as long as there are not very many.

It reads every row (50 000 vectors: 0.05 s), and is ready at once: LanceDB takes two seconds of
processor time to load. It needs no index, so a search is answered while there is none.
"""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from string import Template
from typing import Any

import duckdb

from media_assets.search.ranking.search_content import VectorKind, has_table
from resources.configuration.media_home import MediaHome
from resources.search.rank_fusion import Hit
from resources.warehouse.database_file import reading

NAMED = """
with asked as (select lower(nfc_normalize(?)) as name),

seen as (select image_id, lower(nfc_normalize(file_name)) as name from sightings),

named as (
    select image_id
    from seen, asked
    where seen.name = asked.name or regexp_replace(seen.name, '\\.[^.]*$', '') = asked.name
    union
    select image_id from images, asked where image_id = asked.name
)

select image_id
from named
where image_id in (from allowed)
order by image_id
"""

DOCUMENTS = """
select image_id, 0, version, names, document
from search_documents
where image_id in (select image_id from images)
order by image_id
limit ?
"""

NEAREST = Template("""
select image_id, list_cosine_similarity(vector, ?::float[])::double as score
from image_history.$table
where outcome in ('ok', 'degraded') and vector is not null and space = ?
    and image_id in (from allowed)
qualify row_number() over (partition by image_id order by _seq desc, _row desc) = 1
order by score desc, image_id
limit ?
""")

VECTOR = Template("""
select vector
from image_history.$table
where image_id = ? and space = ? and outcome in ('ok', 'degraded') and vector is not null
order by _seq desc, _row desc
limit 1
""")

FACTS = """
select
    image_id,
    images.file_name,
    images.batch,
    images.format,
    images.width_px,
    images.height_px,
    images.taken_at,
    images.taken_at_text,
    documents.latitude,
    documents.longitude,
    images.parent_id,
    images.parent_medium,
    images.place as place_in_parent,
    images.thumbnail_medium_path,
    documents.title,
    documents.caption,
    documents.description,
    documents.ocr_text,
    documents.tags,
    documents.place,
    documents.creators,
    documents.people,
    documents.camera,
    documents.names,
    images.outcome,
    images.reason
from images
left join search_documents as documents using (image_id)
where image_id in (select unnest(?::varchar[]))
"""


@dataclass(frozen=True)
class TableSearch:
    """The published tables, narrowed to the images that may be found."""

    connection: duckdb.DuckDBPyConnection

    def named(self, text: str) -> list[str]:
        """Images whose whole file name, with or without its ending, or whose id the text is."""
        return [row[0] for row in self.connection.execute(NAMED, [text.strip()]).fetchall()]

    def documents(self, limit: int) -> list[tuple[str, int, str, str, str]]:
        """Id, part, version, names and text of so many images: the rows of the table of words."""
        return self.connection.execute(DOCUMENTS, [limit]).fetchall()

    def nearest(
        self, kind: VectorKind, space: str, vector: Sequence[float], limit: int
    ) -> list[Hit]:
        """Images by the cosine of their vectors in ``space``, as the index has them."""
        query = NEAREST.substitute(table=kind)
        found = self.connection.execute(query, [list(vector), space, limit]).fetchall()
        return [Hit(*row) for row in found]

    def vector_of(self, kind: VectorKind, space: str, image_id: str) -> list[float] | None:
        """The image's vector in ``space``, if it has one."""
        if not has_table(self.connection, "image_history", kind):
            return None
        found = self.connection.execute(VECTOR.substitute(table=kind), [image_id, space]).fetchall()
        return list(found[0][0]) if found else None

    def facts(self, image_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
        """What is shown of each image, by id."""
        result = self.connection.execute(FACTS, [list(image_ids)])
        names = [column[0] for column in result.description or ()]
        rows = (dict(zip(names, row, strict=True)) for row in result.fetchall())
        return {row["image_id"]: row for row in rows}


@contextmanager
def open_tables(home: MediaHome, only: Collection[str] | None) -> Iterator[TableSearch]:
    """The published tables, narrowed to ``only`` if given. Raises duckdb.Error without a file."""
    with reading(home.warehouse) as connection:
        if only is None:
            connection.execute("create temp view allowed as select image_id from media.images")
        else:
            allowed = "create temp table allowed as select unnest(?::varchar[]) as image_id"
            connection.execute(allowed, [list(only)])
        yield TableSearch(connection)

"""Search in media.duckdb itself: by parts of names always, by words and vectors as a substitute.

It reads every row (100 000 vectors: 0.1 s), so the index is asked first; it needs no index, so a
search is answered while there is none or it is damaged.
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
from resources.search.search_words import pairs_of, words_of
from resources.warehouse.database_file import reading

EXACT_NAME = 1000.0
"""Added to the score of an image whose whole name was asked for; no number of parts gets there."""

SHORTEST_PART = 2
"""A single letter begins too many names."""

NAMES = """
with asked as (select unnest(?::varchar[]) as word),

named as (
    select image_id from sightings
    where lower(file_name) = lower(?)
        or lower(regexp_replace(file_name, '\\.[^.]*$', '')) = lower(?)
    union
    select image_id from images where image_id = ?
),

found as (
    select
        image_id,
        count(*) as words,
        count(*) filter (where contains(name_words || ' ', ' ' || word || ' ')) as whole_words
    from search_documents, asked
    where contains(name_words, ' ' || word)
    group by image_id
)

select
    image_id,
    coalesce(words, 0) + coalesce(whole_words, 0) / 100 + if(named.image_id is null, 0, 1000.0)
        as score
from found
full join named using (image_id)
where image_id in (from allowed) and (words = ? or named.image_id is not null)
order by score desc, image_id
limit ?
"""
"""Every word begins a part of a name; an image asked for by its whole name leads."""

FULL_TEXT = """
with asked as (select unnest(?::varchar[]) as word)

select image_id, count(*)::double as score
from search_documents, asked
where contains(lower(strip_accents(document)), word) and image_id in (from allowed)
group by image_id
order by score desc, image_id
limit ?
"""

PHRASES = """
with asked as (select unnest(?::varchar[]) as pair),

clauses as (
    select
        image_id,
        regexp_replace(lower(strip_accents(document)), '[\\n.,;:!?()]+', ' | ', 'g') as text
    from search_documents
    where image_id in (select unnest(?::varchar[]))
),

candidates as (
    select image_id, ' ' || regexp_replace(text, '[^\\p{L}\\p{N}|]+', ' ', 'g') || ' ' as text
    from clauses
)

select image_id, count(*)::double as score
from candidates, asked
where contains(text, ' ' || pair || ' ')
group by image_id
order by score desc, image_id
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
    documents.name_words
from images
left join search_documents as documents using (image_id)
where image_id in (select unnest(?::varchar[]))
"""


@dataclass(frozen=True)
class TableSearch:
    """The published tables, narrowed to the images that may be found."""

    connection: duckdb.DuckDBPyConnection

    def by_name(self, text: str, limit: int) -> list[Hit]:
        """Images with parts of their file and folder names that begin with the words."""
        words = [word for word in words_of(text) if len(word) >= SHORTEST_PART]
        name = text.strip()
        return self._hits(NAMES, [words, name, name, name, len(words), limit])

    def by_words(self, text: str, limit: int) -> list[Hit]:
        """Images whose documents hold the words, by number of words. Stands in for the index."""
        return self._hits(FULL_TEXT, [words_of(text), limit])

    def by_phrase(self, text: str, among: Sequence[str]) -> list[Hit]:
        """Those images in whose documents neighboring words of the text are neighbors too.

        Texts with the same words may say different things: "a blue square on a red ground" is no
        red square. Ordered pairs of words as in Metzler and Croft, "A Markov random field model
        for term dependencies" (SIGIR 2005).
        """
        return self._hits(PHRASES, [pairs_of(text), list(among)])

    def nearest(
        self, kind: VectorKind, space: str, vector: Sequence[float], limit: int
    ) -> list[Hit]:
        """Images by the cosine of their vectors in ``space``. Stands in for the index."""
        return self._hits(NEAREST.substitute(table=kind), [list(vector), space, limit])

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

    def _hits(self, sql: str, values: Sequence[object]) -> list[Hit]:
        return [Hit(*row) for row in self.connection.execute(sql, list(values)).fetchall()]


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

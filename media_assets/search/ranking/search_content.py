"""What the search index holds, read from media.duckdb: documents, and vectors by embedding space.

A space is one model with one set of parameters: only vectors of one space can be compared. While
another model fills a second space the first one keeps serving, so the vectors of a space are the
newest of that space in the history, not the newest of all.

A row of the index is named by source_id and part. Today each image has one vector per space and one
document, both of the whole: part 0. An asset whose rows hold a list of vectors gives each a part of
its own, from 1. Only what is in ``images`` is indexed: superseded children are not.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from string import Template
from typing import Literal

import duckdb

from resources.warehouse.sql_text import literal

VectorKind = Literal["embedding", "text_embedding"]
KINDS: tuple[VectorKind, ...] = ("embedding", "text_embedding")
"""Assets whose rows have a vector: of pictures, of texts."""

CHOSEN_SPACES = ("curation", "serving_space")
"""The table of ``embedding_spaces``; it is not there before anybody has chosen."""

CHOSEN = "select kind, space from curation.serving_space where space is not null"

HAS_TABLE = """
select count(*) > 0
from duckdb_tables()
where database_name = current_database() and schema_name = ? and table_name = ?
"""

SPACES = Template("""
select
    space,
    arg_max(model, _seq) as model,
    any_value(len(vector)) as dimensions,
    count(distinct image_id) as image_count,
    max(_seq) as newest_seq
from image_history.$table
semi join images using (image_id)
where outcome in ('ok', 'degraded') and vector is not null
group by space
order by image_count desc, newest_seq desc
""")

VECTOR_VERSIONS = Template("""
select image_id as source_id, 0 as part, _seq || '-' || _row as version
from image_history.$table
semi join images using (image_id)
where outcome in ('ok', 'degraded') and vector is not null and space = $wanted
qualify row_number() over (partition by image_id order by _seq desc, _row desc) = 1
""")

VECTORS = Template("""
select
    image_id as source_id,
    0 as part,
    _seq || '-' || _row as version,
    vector::float[$dimensions] as vector
from image_history.$table
semi join wanted_versions
    on image_id = wanted_versions.source_id
    and wanted_versions.part = 0
    and _seq || '-' || _row = wanted_versions.version
""")

DOCUMENTS = "documents"
"""The name of the table of words; all others are of vectors."""

DOCUMENT_VERSIONS = "select image_id as source_id, 0 as part, version from search_documents"
DOCUMENT_ROWS = """
select image_id as source_id, 0 as part, version, names, document
from search_documents
semi join wanted_versions
    on image_id = wanted_versions.source_id and wanted_versions.part = 0
"""

SIGNATURES = {
    ("main", "search_documents"): "select count(*), bit_xor(hash(image_id, version)) "
    "from search_documents",
    ("image_history", "embedding"): "select count(*), max(_seq) from image_history.embedding",
    ("image_history", "text_embedding"): "select count(*), max(_seq) "
    "from image_history.text_embedding",
    ("image", "perceptual_hash"): "select count(*), bit_xor(hash(image_id, _seq, _row)) "
    "from image.perceptual_hash",
    CHOSEN_SPACES: "select bit_xor(hash(kind, space)) from curation.serving_space",
}


@dataclass(frozen=True)
class Space:
    """One embedding space: ``model`` made its vectors, of this length, for so many images."""

    name: str
    model: str
    dimensions: int
    images: int
    newest_seq: str


@dataclass(frozen=True)
class Content:
    """What one table of the index should hold.

    ``versions`` selects source_id, part and version of every row; ``rows`` selects the whole rows
    of those in the temporary table ``wanted_versions``, which has the same columns.
    """

    versions: str
    rows: str


def has_table(connection: duckdb.DuckDBPyConnection, schema: str, table: str) -> bool:
    """Whether media.duckdb has this table; which ones there are depends on the assets."""
    ((found,),) = connection.execute(HAS_TABLE, [schema, table]).fetchall()
    return bool(found)


def content_signature(connection: duckdb.DuckDBPyConnection) -> str:
    """Changes with anything that search, duplicates or clusters are made of."""
    parts = [
        connection.execute(sql).fetchall()
        for (schema, table), sql in SIGNATURES.items()
        if has_table(connection, schema, table)
    ]
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def chosen_spaces(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Kind -> space that answers, where a person has decided, as published in media.duckdb."""
    if not has_table(connection, *CHOSEN_SPACES):
        return {}
    return dict(connection.execute(CHOSEN).fetchall())


def read_spaces(connection: duckdb.DuckDBPyConnection, kind: VectorKind) -> Sequence[Space]:
    """The embedding spaces that any image has a vector in, the fullest first."""
    if not has_table(connection, "image_history", kind):
        return []
    found = connection.execute(SPACES.substitute(table=kind)).fetchall()
    return [Space(*row) for row in found]


def document_content() -> Content:
    """One row per image: its text."""
    return Content(DOCUMENT_VERSIONS, DOCUMENT_ROWS)


def vector_content(kind: VectorKind, space: Space) -> Content:
    """One row per image that has a vector in ``space``."""
    versions = VECTOR_VERSIONS.substitute(table=kind, wanted=literal(space.name))
    return Content(versions, VECTORS.substitute(table=kind, dimensions=space.dimensions))


def wanted_contents(
    connection: duckdb.DuckDBPyConnection, spaces: Mapping[VectorKind, Sequence[Space]]
) -> dict[str, Content]:
    """Every table that the index should have, by name."""
    contents: dict[str, Content] = {}
    if has_table(connection, "main", "search_documents"):
        contents[DOCUMENTS] = document_content()
    for kind, found in spaces.items():
        for space in found:
            contents[f"{kind}_{space.name}"] = vector_content(kind, space)
    return contents

"""A media.duckdb with the tables that the search index reads, made directly and in milliseconds."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from resources.configuration.media_home import MediaHome
from resources.warehouse.database_file import partial_database, put_in_place, writing

TABLES = """
create schema image;
create schema image_history;
create table search_documents (
    image_id varchar, file_name varchar, name_words varchar, names varchar, title varchar,
    caption varchar, description varchar, ocr_text varchar, tags varchar, place varchar,
    creators varchar, people varchar, camera varchar, latitude double, longitude double,
    document varchar, version varchar
);
create table image_history.embedding (
    image_id varchar, outcome varchar, space varchar, model varchar, dimensions bigint,
    vector float[], _seq varchar, _row bigint
);
create table images (
    image_id varchar, file_name varchar, batch varchar, format varchar, width_px bigint,
    height_px bigint, taken_at timestamp, taken_at_text varchar, parent_id varchar,
    parent_medium varchar, place varchar, thumbnail_medium_path varchar, outcome varchar,
    reason varchar
);
create table sightings (image_id varchar, file_name varchar);
"""

DOCUMENTS = """
insert into search_documents (image_id, file_name, name_words, names, document, version)
select image_id, image_id, ' ' || image_id, image_id, document, version
from (
    select
        unnest(?::varchar[]) as image_id,
        unnest(?::varchar[]) as document,
        unnest(?::varchar[]) as version
)
"""
IMAGES = """
insert into images (image_id, file_name)
select unnest(?::varchar[]) as image_id, unnest(?::varchar[]) as file_name
"""
CHILD = "update images set parent_id = ?, parent_medium = ?, place = ? where image_id = ?"
NAMES = "select image_id, file_name from search_documents"
VECTORS = """
insert into image_history.embedding
select
    image_id, 'ok', space, 'model of ' || space, len(vector), vector,
    lpad(number::varchar, 20, '0') || '-aaaaaaaa', 0
from (
    select
        unnest(?::varchar[]) as image_id,
        unnest(?::varchar[]) as space,
        unnest(?::float[][]) as vector,
        generate_subscripts($1::varchar[], 1) as number
)
""".replace("$1", "?")


def new_home(folder: Path) -> MediaHome:
    home = MediaHome(folder)
    home.create()
    return home


def publish(
    home: MediaHome,
    documents: Mapping[str, str],
    vectors: Sequence[tuple[str, str, Sequence[float]]] = (),
    images: Collection[str] | None = None,
    children: Mapping[str, tuple[str, str, str]] | None = None,
) -> None:
    """Replace media.duckdb: image id -> text, and (image id, space, vector), oldest first.

    ``images`` are those in the table of that name: all that have a text, if not given.
    ``children``: image id -> parent_id, parent_medium and place of those that have a parent.
    """
    partial = partial_database(home.warehouse)
    versions = [hashlib.md5(text.encode()).hexdigest() for text in documents.values()]  # noqa: S324
    spaces = [space for _, space, _ in vectors]
    with writing(partial) as connection:
        connection.execute(TABLES)
        connection.execute(DOCUMENTS, [list(documents), list(documents.values()), versions])
        shown = list(documents if images is None else images)
        connection.execute(IMAGES, [shown, shown])
        for image_id, parent in (children or {}).items():
            connection.execute(CHILD, [*parent, image_id])
        connection.execute("insert into sightings from (" + NAMES + ")")
        owners = [image_id for image_id, _, _ in vectors]
        values = [list(vector) for _, _, vector in vectors]
        connection.execute(VECTORS, [owners, spaces, values, owners])
    put_in_place(partial, home.warehouse)


def documents(count: int, *, first: int = 0) -> dict[str, str]:
    return {f"image-{number:05d}": f"text number{number}" for number in range(first, first + count)}

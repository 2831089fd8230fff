"""What duplicates are found from, read from media.duckdb as it was published last."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import duckdb

from media_assets.search.comparing.alike_images import Picture
from media_assets.search.comparing.published_embeddings import PublishedEmbeddings
from media_assets.search.comparing.search_tables import DUPLICATES, PIXEL_DIGESTS, SIMILAR_PAIRS
from media_assets.search.ranking.search_content import has_table, read_spaces
from media_assets.search.ranking.search_index import read_record
from media_assets.search.ranking.serving_space import serving_space
from resources.configuration.media_home import MediaHome
from resources.rows.table import Table
from resources.sources.originals import Source, source_of_row
from resources.warehouse.database_file import reading

PICTURES = """
select
    images.image_id,
    hashes.phash,
    images.thumbnail_medium_path,
    images.width_px,
    images.height_px,
    images.bit_depth,
    coalesce(images.frame_count, 1),
    images.format,
    images.size_bytes,
    images.outcome,
    (images.taken_at is not null)::int + (images.camera_model is not null)::int
        + (images.latitude is not null)::int + (images.title is not null)::int
        + (images.description is not null)::int + (images.copyright is not null)::int
        + (images.rating is not null)::int + (images.has_icc_profile is true)::int
        + coalesce(len(images.keywords), 0) + coalesce(len(images.creators), 0),
    images.landed_at
from images
inner join image.perceptual_hash as hashes using (image_id)
where hashes.phash is not null
    and images.thumbnail_medium_path is not null
    and images.width_px is not null
    and images.bit_depth is not null
order by images.landed_at, images.image_id
"""

ORIGINALS = """
select image_id, sha256, file_name, mode, path
from ingest.original
where image_id in (select unnest(?::varchar[]))
"""

BUILTIN = "builtin"
"""The model whose vectors say nothing that the comparison of pixels does not say better."""


@dataclass(frozen=True)
class DuplicateInputs:
    """Pictures in landing order, and what was found out about them before."""

    home: MediaHome
    connection: duckdb.DuckDBPyConnection
    pictures: Sequence[Picture]
    known_pairs: Mapping[tuple[str, str], Mapping[str, Any]]
    digests: Mapping[str, str | None]
    known_duplicates: Sequence[Mapping[str, Any]]
    embeddings: PublishedEmbeddings

    def sources(self, image_ids: Sequence[str]) -> dict[str, Source]:
        """The originals of these images, by id."""
        rows = records(self.connection.execute(ORIGINALS, [list(image_ids)]))
        return {row["image_id"]: source_of_row(self.home.root, row) for row in rows}


@contextmanager
def open_inputs(home: MediaHome) -> Iterator[DuplicateInputs]:
    """Everything that is known. Raises duckdb.Error when nothing is published."""
    with reading(home.warehouse) as connection:
        pictures = [Picture(*row) for row in connection.execute(PICTURES).fetchall()]
        pairs = current_rows(connection, SIMILAR_PAIRS)
        yield DuplicateInputs(
            home,
            connection,
            pictures,
            {(row["image_id"], row["other_image_id"]): row for row in pairs},
            {row["image_id"]: row["digest"] for row in current_rows(connection, PIXEL_DIGESTS)},
            current_rows(connection, DUPLICATES),
            PublishedEmbeddings(connection, model_space(connection, home)),
        )


def current_rows(connection: duckdb.DuckDBPyConnection, table: Table) -> list[dict[str, Any]]:
    """The newest rows of a table of ours, or none when it was never published."""
    schema, name = table.name.split("/")
    if not has_table(connection, schema, name):
        return []
    return records(connection.execute(f"from {schema}.{name}"))


def records(result: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """The rows of a query, by column name."""
    names = [column[0] for column in result.description or ()]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def model_space(connection: duckdb.DuckDBPyConnection, home: MediaHome) -> str:
    """The space of the image model in use, or "" where there is none."""
    spaces = read_spaces(connection, "embedding")
    if not spaces:
        return ""
    recorded = read_record(home).serving.get("embedding")
    serving = serving_space(recorded.space if recorded else None, spaces)
    return "" if serving.model == BUILTIN else serving.name

"""The files of the SQL models, and by which of them media.duckdb was made. Parses nothing.

Light to import: every command that reads asks whether today's models are those of the tables.
"""

import hashlib
from pathlib import Path

import duckdb

from resources.configuration.media_home import MediaHome
from resources.warehouse.database_file import reading

FOLDER = Path(__file__).parent
LAYERS = ("staging", "marts")

REMEMBERED = "select version from publication.models"


def model_paths(folder: Path = FOLDER) -> list[Path]:
    """The file of every model, layer by layer, by name."""
    return [path for layer in LAYERS for path in sorted((folder / layer).glob("*.sql"))]


def models_version(folder: Path = FOLDER) -> str:
    """64 hex digits that change with any model, and are the same in every process."""
    by_name = sorted(model_paths(folder), key=lambda path: path.stem)
    content = "\0".join(f"{path.stem}\0{path.read_text(encoding='utf-8')}" for path in by_name)
    return hashlib.sha256(content.encode()).hexdigest()


def published_models(home: MediaHome) -> str | None:
    """The version of the models in media.duckdb; None when it does not say."""
    with reading(home.warehouse) as connection:
        return remembered_version(connection)


def remembered_version(connection: duckdb.DuckDBPyConnection) -> str | None:
    """The same of the file that is the default database of a connection."""
    try:
        return str(connection.execute(REMEMBERED).fetchall()[0][0])
    except duckdb.CatalogException:  # published before this was remembered
        return None

"""The search index's own record: which of its tables count, and whether they are up to date.

The index is a cache below MEDIA_HOME/search_index: every row in it is made again from media.duckdb.
A table is replaced by building its successor under a new name and then changing ``current.json``,
so a search never reads half a table. Nothing here loads LanceDB: a sensor asks many times a minute.
"""

import hashlib
import logging
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import duckdb
from pydantic import BaseModel, ValidationError

from media_assets.search.ranking.search_content import content_signature
from resources.configuration.media_home import MediaHome
from resources.stores.content_store import partial_name, write_durably
from resources.warehouse.database_file import reading

FORMAT = "3"
"""To be raised when the tables' columns or how documents are split into words change."""

TABLE_SUFFIXES = (".words", ".lance")
"""Of the folders in which tables are: of words, of vectors."""

_log = logging.getLogger(__name__)


class IndexedTable(BaseModel, frozen=True):
    """One table of the index: the name it is stored under and what was last written to it."""

    lance_table: str
    row_count: int
    written_at: datetime


class ServingSpace(BaseModel, frozen=True):
    """The embedding space that answers searches, and the model to open for a query."""

    space: str
    model: str


class IndexRecord(BaseModel, frozen=True):
    """``current.json``. ``tables`` maps what a table is for to where it is.

    ``content`` is the signature of what the tables hold, ``publication`` that of the media.duckdb
    they were last compared with. ``serving`` says for embedding and text_embedding which space
    answers searches.
    """

    format: str = FORMAT
    content: str = ""
    publication: str = ""
    serving: dict[str, ServingSpace] = {}
    tables: dict[str, IndexedTable] = {}


def read_record(home: MediaHome) -> IndexRecord:
    """What the index says of itself; an empty record when it is absent, unreadable or outdated."""
    path = home.search_index / "current.json"
    try:
        record = IndexRecord.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return IndexRecord()
    except ValidationError as error:
        _log.warning("%s cannot be used: the search index is made again (%s)", path, error)
        return IndexRecord()
    return record if record.format == FORMAT else IndexRecord()


def write_record(home: MediaHome, record: IndexRecord) -> None:
    """Make ``record`` the index's state, at once and durably."""
    target = home.search_index / "current.json"
    write_durably(target, record.model_dump_json(indent=2).encode(), partial_name(target))


@contextmanager
def writing_index(home: MediaHome) -> Iterator[None]:
    """Be the only writer of the index; a second one waits. Released when the process dies."""
    from filelock import FileLock  # a search only reads

    home.search_index.mkdir(exist_ok=True)
    with FileLock(home.locks / "search_index.lock"):
        yield


def needs_refresh(home: MediaHome) -> bool:
    """Whether the index lacks what media.duckdb has, is damaged or absent. Reads no row of it."""
    if not home.warehouse.exists():
        return False
    record = read_record(home)
    if not record.tables or reported_damages(home):
        return True
    if record.publication == publication_signature(home.warehouse):
        return False
    try:
        with reading(home.warehouse) as connection:
            return content_signature(connection) != record.content
    except duckdb.Error as error:  # replaced just now, or damaged: the next publication replaces it
        _log.warning("%s cannot be read: %s", home.warehouse, error)
        return False


def publication_signature(warehouse: Path) -> str:
    """Changes with every publication; costs one look at the folder."""
    found = warehouse.stat()
    return f"{found.st_ino}-{found.st_mtime_ns}-{found.st_size}"


def report_damage(home: MediaHome, lance_table: str, error: Exception) -> None:
    """Note that a search could not read a table, so that the next refresh replaces it."""
    _log.warning("%s of the search index cannot be read: %s", lance_table, error)
    folder = home.search_index / "damaged"
    folder.mkdir(parents=True, exist_ok=True)
    name = hashlib.sha256(lance_table.encode()).hexdigest()[:16]
    found_at = datetime.now(UTC).isoformat()
    (folder / name).write_text(f"{lance_table}\n{found_at} {error}\n", encoding="utf-8")


def reported_damages(home: MediaHome) -> dict[str, Path]:
    """LanceDB table -> the note about it."""
    notes = (home.search_index / "damaged").glob("*")
    return {path.read_text(encoding="utf-8").partition("\n")[0]: path for path in notes}


def set_aside(home: MediaHome, lance_table: str) -> None:
    """Keep the damaged table, and only the newest, so that the cause can be looked for."""
    aside = home.search_index / "set_aside"
    if aside.exists():
        shutil.rmtree(aside)
    aside.mkdir()
    for damaged in home.search_index.glob(f"{lance_table}.*"):
        damaged.rename(aside / damaged.name)


def remove_leftovers(home: MediaHome, record: IndexRecord) -> None:
    """Delete every table that does not count any more, and all notes about damaged ones."""
    counting = {one.lance_table for one in record.tables.values()}
    for path in home.search_index.iterdir():
        if path.suffix in TABLE_SUFFIXES and path.stem not in counting:
            remove(path)
    for note in reported_damages(home).values():
        note.unlink(missing_ok=True)


def remove(path: Path) -> None:
    """Delete a folder or file of the index."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)

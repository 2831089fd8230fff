"""A home with as many pictures as wished: a few real ones, whose rows in media.duckdb are repeated.

Each repetition has an id, a name, a date, a size, a camera, a place, tags and words of its own; its
files are those of the picture that it repeats. Made the same way every time.
"""

from pathlib import Path

import duckdb

from resources.configuration.media_home import MediaHome

FIRST_DAY = "timestamp '2004-01-01'"
SECONDS = 22 * 365 * 86400
"""Dates fall on 22 years."""

CHANCE = "hash({id} || n)"
NEW_ID = "if(n = 0, {id}, substr(sha256({id} || n), 1, length({id})))"
NAME = "if(n = 0, file_name, 'IMG_' || n || '_' || file_name)"
WORDS = f"""list_aggregate(
    list_transform(range(12), lambda x: 'word' || ({CHANCE} >> (x * 4)) % 5000), 'string_agg', ' '
)""".format(id="image_id")
"""Twelve of five thousand made-up words."""

COLUMNS = {
    "images": {
        "image_id": NEW_ID,
        "file_name": NAME,
        "taken_at": f"{FIRST_DAY} + to_seconds(({CHANCE} % {SECONDS})::bigint)",
        "width_px": f"[4000, 3000, 4800, 3000][1 + ({CHANCE} % 4)::int]",
        "height_px": f"[3000, 4000, 2700, 3000][1 + ({CHANCE} % 4)::int]",
        "camera_make": f"['Canon', 'Fujifilm', 'Nikon', 'Sony'][1 + ({CHANCE} % 4)::int]",
        "camera_model": f"'model ' || {CHANCE} % 30",
        "city": f"'city ' || {CHANCE} % 800",
        "batch": f"'batch ' || {CHANCE} % 500",
        "folder": f"'folder ' || {CHANCE} % 2000",
    },
    "search_documents": {
        "image_id": NEW_ID,
        "file_name": NAME,
        "names": NAME,
        "name_words": f"' ' || lower({NAME})",
        "tags": f"'tag ' || {CHANCE} % 300 || ', tag ' || ({CHANCE} >> 9) % 300",
        "document": f"{NAME} || chr(10) || {WORDS}",
        "version": "version || n",
    },
    "sightings": {"image_id": NEW_ID, "source_id": NEW_ID, "file_name": NAME},
    "ingest.original": {"image_id": NEW_ID, "file_name": NAME},
}
"""Table -> what of a repetition is its own; ``n`` is 0 for the picture itself."""


def repeat_pictures(home: MediaHome, count: int) -> None:
    """Replace media.duckdb by one with at least ``count`` pictures. Raises duckdb.Error."""
    fresh = home.warehouse.with_suffix(".many")
    fresh.write_bytes(home.warehouse.read_bytes())
    with duckdb.connect(str(fresh)) as connection:
        for table, columns in COLUMNS.items():
            repeat_rows(connection, table, columns, times(connection, count))
    fresh.replace(home.warehouse)


def times(connection: duckdb.DuckDBPyConnection, count: int) -> int:
    """How often each row is there in the end; the pictures are those of ``sources``."""
    found = connection.execute("select count(*) from sources").fetchone()
    return -(-count // max(1, found[0] if found else 0))


def repeat_rows(
    connection: duckdb.DuckDBPyConnection, table: str, columns: dict[str, str], repetitions: int
) -> None:
    """Repeat each row of one table."""
    own = ", ".join(
        f"({expression.format(id='image_id')}) as {name}" for name, expression in columns.items()
    )
    connection.execute(
        f"create or replace table {table} as "  # noqa: S608 - names of ours
        f"select * exclude (n) replace ({own}) from {table}, range({repetitions}) as copies(n)"
    )


def sample_ids(warehouse: Path, count: int) -> list[str]:
    """Ids of some pictures, spread over all."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        found = connection.execute(
            "select image_id from images order by hash(image_id) limit ?", [count]
        )
        return [str(image_id) for (image_id,) in found.fetchall()]

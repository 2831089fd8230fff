"""Queries that people keep by name: rows like every decision of a person, so a backup has them.

The newest row of a name counts; one without SQL says that the query was removed. Older rows stay.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

import polars as pl

from resources.configuration.media_home import MediaHome
from resources.rows.row_store import RowStore
from resources.rows.table import Table

SAVED_QUERY = Table(
    "curation/saved_query",
    pl.Schema(
        {
            "name": pl.String(),
            "sql": pl.String(),
            "saved_by": pl.String(),
            "saved_at": pl.Datetime("us", "UTC"),
        }
    ),
    ("name",),
    "Queries that people keep by name, with who saved them; without SQL: removed. Written by the "
    "SQL page.",
)
LONGEST_NAME = 80
MOST_QUERIES = 500


class UnfitQuery(ValueError):
    """A query cannot be kept like this; the message says why."""


@dataclass(frozen=True)
class SavedQuery:
    """One query; ``saved_by`` is None where nobody logs in."""

    name: str
    sql: str
    saved_by: str | None
    saved_at: datetime


def saved_queries(home: MediaHome) -> list[SavedQuery]:
    """All that are kept, by name."""
    store = RowStore(home.rows)
    if SAVED_QUERY.name not in store.tables():
        return []
    columns = list(SAVED_QUERY.schema)
    rows = store.scan(SAVED_QUERY.name).collect().sort("_seq", "_row")
    newest = rows.unique("name", keep="last").filter(pl.col("sql").is_not_null()).sort("name")
    return [SavedQuery(**row) for row in newest.select(columns).iter_rows(named=True)]


def save_query(home: MediaHome, name: str, sql: str, saved_by: str | None) -> SavedQuery:
    """Keep the query; one of this name is replaced. Raises UnfitQuery."""
    kept = SavedQuery(" ".join(name.split()), sql.strip(), saved_by or None, datetime.now(UTC))
    if not 0 < len(kept.name) <= LONGEST_NAME or not kept.name.isprintable():
        raise UnfitQuery(f"A query needs a name of 1 to {LONGEST_NAME} characters.")
    if not kept.sql:
        raise UnfitQuery("There is no SQL to save: write a query first.")
    known = {one.name for one in saved_queries(home)}
    if kept.name not in known and len(known) >= MOST_QUERIES:
        raise UnfitQuery(f"{MOST_QUERIES} queries are saved already: remove one first.")
    append(home, kept.name, kept.sql, kept.saved_by, kept.saved_at)
    return kept


def remove_query(home: MediaHome, name: str, removed_by: str | None) -> bool:
    """Keep the query no longer; False when there is none of this name."""
    if name not in {one.name for one in saved_queries(home)}:
        return False
    append(home, name, None, removed_by or None, datetime.now(UTC))
    return True


def append(home: MediaHome, name: str, sql: str | None, by: str | None, at: datetime) -> None:
    """Write one row."""
    store = RowStore(home.rows)
    store.declare(SAVED_QUERY)
    row = {"name": name, "sql": sql, "saved_by": by, "saved_at": at}
    frame = pl.DataFrame([row], schema=SAVED_QUERY.schema)
    store.append(SAVED_QUERY.name, frame, run_id="saved query", producer={"made_by": "human"})

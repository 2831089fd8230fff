"""Queries kept by name."""

from pathlib import Path

import pytest

from media_assets.curation.saved_query import (
    MOST_QUERIES,
    SAVED_QUERY,
    UnfitQuery,
    remove_query,
    save_query,
    saved_queries,
)
from resources.configuration.media_home import MediaHome
from resources.rows.row_store import RowStore


@pytest.fixture
def home(tmp_path: Path) -> MediaHome:
    made = MediaHome(tmp_path)
    made.create()
    return made


def kept(home: MediaHome) -> list[tuple[str, str, str | None]]:
    return [(one.name, one.sql, one.saved_by) for one in saved_queries(home)]


def test_the_newest_query_of_a_name_counts_and_says_who_saved_it(home: MediaHome) -> None:
    assert kept(home) == []

    save_query(home, " by  format ", "select 1 ", "anna")
    save_query(home, "by format", "select 2", "ben")
    save_query(home, "all", "from images", "")

    assert kept(home) == [("all", "from images", None), ("by format", "select 2", "ben")]


def test_a_removed_query_is_gone_and_its_rows_stay(home: MediaHome) -> None:
    save_query(home, "all", "from images", "anna")

    assert remove_query(home, "all", "ben")
    assert not remove_query(home, "all", "ben")
    assert kept(home) == []
    rows = RowStore(home.rows).scan(SAVED_QUERY.name).collect()
    assert rows.select("sql", "saved_by").rows() == [("from images", "anna"), (None, "ben")]


@pytest.mark.parametrize(
    ("name", "sql"),
    [("", "select 1"), ("  ", "select 1"), ("x" * 81, "select 1"), ("a\u202eb", "a"), ("a", " ")],
)
def test_a_query_without_a_name_or_sql_is_not_kept(home: MediaHome, name: str, sql: str) -> None:
    with pytest.raises(UnfitQuery):
        save_query(home, name, sql, "anna")

    assert kept(home) == []


def test_there_is_a_limit_and_known_names_can_still_be_replaced(
    home: MediaHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert MOST_QUERIES > 100
    monkeypatch.setattr("media_assets.curation.saved_query.MOST_QUERIES", 1)
    save_query(home, "a", "select 1", "anna")
    save_query(home, "a", "select 2", "anna")

    with pytest.raises(UnfitQuery, match="remove one first"):
        save_query(home, "b", "select 1", "anna")

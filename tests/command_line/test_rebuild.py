"""``media rebuild``: both caches are made again from the truth, and hold the same."""

import duckdb

from resources.warehouse import reading
from tests.command_line.conftest import AskJson, Media
from tests.main_job import MainJob, pictures

TABLES = """
select schema_name, table_name from duckdb_tables()
where database_name = 'media' and schema_name != 'publication'
union all
select schema_name, view_name from duckdb_views()
where database_name = 'media' and not internal
order by all
"""
Contents = dict[tuple[str, str], list[str]]


def contents(job: MainJob) -> Contents:
    """Every row of every table and view of media.duckdb, as text and in one order."""
    with reading(job.settings.media_home.warehouse) as connection:
        names = connection.execute(TABLES).fetchall()
        return {name: rows(connection, *name) for name in names}


def rows(connection: duckdb.DuckDBPyConnection, schema: str, name: str) -> list[str]:
    return sorted(map(repr, connection.execute(f'from "{schema}"."{name}"').fetchall()))


def test_the_tables_are_identical_and_known_files_stay_known(
    finished: MainJob, ask_json: AskJson
) -> None:
    before = contents(finished)

    answer = ask_json("rebuild", "--json")

    assert answer["path"] == str(finished.settings.media_home.warehouse)
    assert contents(finished) == before
    assert len(before) > 20
    finished.add("again", pictures(2))
    assert finished.sql("select duplicates from batches where batch = 'again'") == [(2,)]


def test_people_are_told_what_was_made(finished: MainJob, media: Media) -> None:
    finished.settings.media_home.warehouse.write_bytes(b"not a database")

    result = media("rebuild")

    assert result.exit_code == 0
    assert "made again in" in result.output
    assert finished.sql("select count(*) from images") == [(4,)]

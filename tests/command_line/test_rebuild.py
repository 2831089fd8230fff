"""``media rebuild``: both caches are made again from the truth, and hold the same."""

from pathlib import Path

import duckdb
import pytest

from media_assets.media import image_recipes
from resources.warehouse.database_file import reading
from tests.command_line.conftest import AskJson, Media
from tests.support.main_job import MainJob, copy_home, main_job, pictures

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


def lose_dagster(job: MainJob) -> None:
    """As if its folder had been on another disk."""
    for path in job.settings.media_home.dagster.rglob("*"):
        if path.is_file():
            path.unlink()


def test_when_dagsters_own_folder_is_lost_every_partition_and_status_comes_back(
    finished_home: Path, tmp_path: Path, media: Media
) -> None:
    home = copy_home(finished_home, tmp_path / "lost")
    with main_job(home) as job:
        keys, rows = job.keys(), job.row_count()
        statuses = {asset: job.statuses(asset) for asset in image_recipes()}
    lose_dagster(job)
    with main_job(home) as job:
        assert job.keys() == []

        assert media("rebuild").exit_code == 0

        assert sorted(job.keys()) == sorted(keys)
        assert {asset: job.statuses(asset) for asset in image_recipes()} == statuses
        assert job.row_count() == rows


def test_a_damaged_storage_of_dagster_is_told_with_its_remedy(
    finished_home: Path, tmp_path: Path, media: Media, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = copy_home(finished_home, tmp_path / "damaged")
    monkeypatch.setenv("MEDIA_HOME", str(home))
    (home / "dagster" / "history" / "runs.db").write_bytes(b"this is no database" * 500)

    result = media("rebuild")

    assert result.exit_code == 1
    assert f"Dagster's storage in {home / 'dagster'} is damaged" in result.output
    assert "move that folder away, then: media rebuild" in result.output

"""Which files a run checks, in what order, and what is on record when it is killed."""

from collections.abc import Sequence
from pathlib import Path

import duckdb
import pytest

from media_assets.fixity.due_files import due_files
from media_assets.fixity.fixity_check import FIXITY_CHECK, CheckedFile, DueFile, check_files
from resources.configuration.media_home import MediaHome
from resources.preservation.fixity import Pace
from resources.rows.row_store import RowStore

SCHEMA = """
create schema ingest;
create table ingest.original (image_id varchar, path blob);
create table fixity as
select
    'source-' || i as source_id, 'image' as medium, null::varchar as asset, 'original' as kind,
    'path-' || i as path, repeat('0', 64) as sha256,
    case when i < 40 then 'missing' else 'not_checked' end as state,
    case when i < 40 then now() - to_hours(i::integer) end as checked_at
from range(100) as numbers (i)
"""
CHECK = """
update fixity set checked_at = now(), state = if(state = 'missing', state, 'ok') where path = ?
"""


def test_an_archive_that_is_switched_off_does_not_hold_up_the_other_files() -> None:
    with duckdb.connect() as connection:
        connection.execute(SCHEMA)
        for _ in range(30):
            due = due_files(connection, Path("/home"), days=1)  # 24 runs of 100 files: 5 each
            assert len(due) == 5
            connection.executemany(CHECK, [[file.path] for file in due])
        left = connection.execute("select count(*) from fixity where state = 'not_checked'")
        assert left.fetchall() == [(0,)]


def test_the_longest_missing_is_looked_at_first() -> None:
    with duckdb.connect() as connection:
        connection.execute(SCHEMA)
        due = due_files(connection, Path("/home"), days=1)
        in_doubt = [file.path for file in due if int(file.path.removeprefix("path-")) < 40]
        assert in_doubt[:2] == ["path-39", "path-38"]


def test_findings_are_acted_upon_before_they_are_on_record(tmp_path: Path) -> None:
    """A kill between the two must not leave a damaged file that counts as dealt with."""
    home = MediaHome(tmp_path)
    lost = DueFile("a", "image", "thumbnail", "derivative", "t.webp", b"/nowhere/t.webp", "0" * 64)

    def killed(checks: Sequence[CheckedFile]) -> None:
        assert [one.file for one in checks] == [lost]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(check_files(home, [lost], Pace(0), "run", killed))
    assert RowStore(home.rows).files(FIXITY_CHECK.name) == []


def test_many_missing_files_are_one_commit(tmp_path: Path) -> None:
    home = MediaHome(tmp_path)
    lost = [
        DueFile(f"s{i}", "image", None, "original", f"{i}", b"/nowhere/%d" % i, "0" * 64)
        for i in range(200)
    ]
    assert len(list(check_files(home, lost, Pace(0), "run", len))) == 200
    assert len(RowStore(home.rows).files(FIXITY_CHECK.name)) == 1
